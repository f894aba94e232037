// One line for each test, as the tests in C say theirs.
export default class Lines {
  onTestCaseResult(test) {
    const { state, errors } = test.result()
    const name = `${test.module.relativeModuleId}: ${test.fullName}`
    if (state === 'passed') console.log(`[       OK ] ${name}`)
    else if (state === 'skipped') console.log(`[  SKIPPED ] web: ${name}`)
    else {
      for (const error of errors ?? []) console.log(error.stack ?? error.message, error.diff ?? '')
      console.log(`[  FAILED  ] web: ${name}`)
    }
  }

  onTestModuleEnd(module) {
    for (const error of module.errors()) {
      console.log(error.stack ?? error.message)
      console.log(`[  FAILED  ] web: ${module.relativeModuleId}`)
    }
  }
}
