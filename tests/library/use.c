/* What a user of the installed library writes. */
#include <ironfly.h>
#include <stdio.h>

int main(void)
{
    double spot = 100, strike = 95, years = 0.5, sigma = 0.2, rate = 0.03, yield = 0.01, price,
           vanna, early;
    int8_t sign = -1;
    struct ironfly_terms terms = { &spot, &strike, &years, &sigma, &rate, &yield, &sign, NULL };
    struct ironfly_greeks out = { .price = &price, .vanna = &vanna };
    size_t bad = ironfly_black_scholes(1, &terms, &out);
    bad += ironfly_american(1, &terms, IRONFLY_HIGH, &(struct ironfly_greeks){ .price = &early },
                            NULL);
    struct ironfly_expiry expiry = { .forward = 101, .discount = 0.985, .years = 0.5 };
    double forward = -1, normal_sigma = 20, normal;
    double at = 2;
    struct ironfly_normal_terms below = { &forward, &at,           &expiry.discount,
                                          &years,   &normal_sigma, &sign };
    bad += ironfly_bachelier(1, &below, &(struct ironfly_greeks){ .price = &normal });
    double quote = 2.5, vol;
    uint8_t status;
    bad += ironfly_implied_vol_chain(&expiry, 1, &strike, &sign, &quote, &vol, &status);
    printf("%s %.10f %.10f %.6f %.10f %.12f %s\n", ironfly_version(), price, vanna, early, normal,
           vol, ironfly_status_name(status));
    return bad != 0;
}
