// One line for each test, as the tests in C say theirs; what failed says why and where its picture lies.
export default class Lines {
  onTestEnd(test, result) {
    const name = test.titlePath().filter(Boolean).join(': ')
    const seconds = (result.duration / 1000).toFixed(1)
    if (result.status === 'passed') console.log(`[       OK ] ${name} (${seconds} s)`)
    else if (result.status === 'skipped') console.log(`[  SKIPPED ] web: ${name}`)
    else {
      for (const error of result.errors) console.log(error.stack ?? error.message)
      for (const file of result.attachments) if (file.path) console.log(`${file.name}: ${file.path}`)
      console.log(`[  FAILED  ] web: ${name} (${seconds} s)`)
    }
  }

  onError(error) {
    console.log(error.stack ?? error.message)
    console.log('[  FAILED  ] web: the browser tests did not start')
  }
}
