/*
 * Fit one SVI slice to quotes, never with arbitrage: no butterfly, and never below an earlier
 * expiry.
 *
 * First a free least-squares fit (Levenberg-Marquardt, analytic Jacobian, both wings bounded). When
 * the proofs of svi.h accept it, that is the answer. Otherwise the fit is repeated with Durrleman's
 * g and the distance to the earlier slice as penalties where the proofs fail, and what remains is
 * closed by the shortest way to a slice known to be free. The answer is the best of what was found
 * free, the repairs of svi.h included; when nothing better is, it is the earlier slice itself.
 *
 * Same input, same bits: no libm, sums in a fixed order.
 */
#ifndef DOMAIN_PRICING_SVI_FIT_H
#define DOMAIN_PRICING_SVI_FIT_H

#include "domain/pricing/svi.h"

enum { SVI_QUOTES_MAX = 512, SVI_QUOTES_MIN = 5 };

/*
 * count <= SVI_QUOTES_MAX quotes, in any order. weight is 1 / (error of w): half of bid to ask in
 * total variance, for one. A row that is no number of a market is left out: |k| below 1000, w from
 * 1e-12 to 10,000, weight from 1e-100 to 1e100. weight NULL: all alike.
 */
struct svi_quotes {
    size_t count;
    const double *k, *w, *weight;
};

struct svi_fit {
    struct svi slice;  /* valid and free of arbitrage, unless the status is not PRICING_OK */
    double rms;        /* of w - quote, weighted, in total variance */
    double rms_free;   /* of the fit that may hold arbitrage: what freedom from it costs */
    double chi;        /* root of the mean of ((w - quote) weight)^2: in errors of the quotes */
    uint32_t used;     /* quotes */
    uint32_t steps;    /* of the free fit */
    uint32_t repairs;  /* rounds of the bounded fit; 0 when the free fit was free of arbitrage */
    uint32_t reserved; /* 0: no padding, so that two fits compare byte by byte */
};

/* What is known beside the quotes. All zero: nothing. */
struct svi_hints {
    const struct svi *start; /* begin here, as at the last fit of this expiry */
    const struct svi
        *near; /* the expiry before, free of butterfly arbitrage: stay at or above it */
    double up_max, down_max; /* steepest call and put wing, > 0; below near's wings they give way */
};

/*
 * PRICING_TOO_FEW_QUOTES below SVI_QUOTES_MIN usable quotes; PRICING_BAD_INPUT for more than
 * SVI_QUOTES_MAX rows or a near that is not free; fit->slice is then NaN. hints may be NULL.
 */
uint8_t svi_fit(const struct svi_quotes *quotes, const struct svi_hints *hints,
                struct svi_fit *fit);

#endif
