/* What a user of the installed library writes. */
#include <ironfly.h>
#include <stdio.h>

int main(void)
{
    double spot = 100, strike = 95, years = 0.5, sigma = 0.2, rate = 0.03, yield = 0.01, price, vanna, early;
    int8_t sign = -1;
    struct ironfly_terms terms = { &spot, &strike, &years, &sigma, &rate, &yield, &sign, NULL };
    struct ironfly_greeks out = { .price = &price, .vanna = &vanna };
    size_t bad = ironfly_black_scholes(1, &terms, &out);
    bad += ironfly_american(1, &terms, IRONFLY_HIGH, &(struct ironfly_greeks){ .price = &early }, NULL);
    struct ironfly_expiry expiry = { .forward = 101, .discount = 0.985, .years = 0.5 };
    double quote = 2.5, vol;
    uint8_t status;
    bad += ironfly_implied_vol_chain(&expiry, 1, &strike, &sign, &quote, &vol, &status);
    printf("%s %.10f %.10f %.6f %.12f %s\n", ironfly_version(), price, vanna, early, vol, ironfly_status_name(status));
    return bad != 0;
}
