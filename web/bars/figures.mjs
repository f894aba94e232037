// Figures as they are found, and what failed.
export default class Figures {
  onStdOut(chunk) {
    process.stdout.write(chunk)
  }

  onTestEnd(test, result) {
    for (const error of result.errors) console.log(error.stack ?? error.message)
    if (result.status !== 'passed' && result.status !== 'skipped') console.log(`NOT HELD   ${test.title}`)
  }

  onError(error) {
    console.log(error.stack ?? error.message)
  }
}
