/* A strict JSON reader for the tests: says yes or no, by RFC 8259, written apart from the writer.
 */
#ifndef SERVICES_REPORT_JSON_CHECK_H
#define SERVICES_REPORT_JSON_CHECK_H

#include <stdbool.h>

#include "base/str.h"

bool json_is_valid(
    struct str text); /* one value, then only white space; no key twice in an object */

#endif
