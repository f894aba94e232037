/* A strict look at a page for the tests: tags balanced, attributes quoted once, no bare markup. */
#ifndef SERVICES_REPORT_HTML_CHECK_H
#define SERVICES_REPORT_HTML_CHECK_H

#include "base/str.h"

/* NULL when the page is well formed, else what is wrong. */
const char *html_problem(struct str page);

#endif
