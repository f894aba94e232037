/*
 * exp and logarithms that give the same bits on every machine.
 *
 * The C library's own differ in the last bit with its version and with what the CPU offers (it
 * picks fused multiply-add code at run time). Strikes are chosen by delta, so one bit can change a
 * trade. These use + - * / alone, which IEEE 754 fixes; build with -ffp-contract=off. Within 1
 * rounding unit.
 */
#ifndef DOMAIN_PRICING_PORTABLE_INT_H
#define DOMAIN_PRICING_PORTABLE_INT_H

double portable_exp(double x);
double portable_expm1(double x); /* exp(x) - 1 without cancellation */
double portable_log(double x);
double portable_log1p(double x); /* ln(1 + x) without cancellation */
double portable_sinh(double x);

#endif
