/*
 * exp and logarithms that give the same bits on every machine, for callers outside this folder.
 * Within 1 rounding unit; portable_int.h says why the C library's own will not do.
 */
#ifndef DOMAIN_PRICING_PORTABLE_H
#define DOMAIN_PRICING_PORTABLE_H

double portable_exp(double x);
double portable_expm1(double x); /* exp(x) - 1 without cancellation */
double portable_log(double x);
double portable_log1p(double x); /* ln(1 + x) without cancellation */

#endif
