// QuantLib behind plain functions, for comparison only; built where Debian's libquantlib0-dev is.
#include <cmath>
#include <limits>

#include <ql/experimental/volatility/sviinterpolation.hpp>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>

extern "C" {
#include "bench/pricing/bench.h"
}

using namespace QuantLib;

static Option::Type type_of(int8_t sign)
{
    return sign > 0 ? Option::Call : Option::Put;
}

extern "C" bool bench_has_quantlib(void)
{
    return true;
}

extern "C" void bench_quantlib_black_calculator(void *columns)
{
    const bench_columns *c = static_cast<const bench_columns *>(columns);
    const bench_options *o = c->options;
    for (size_t i = 0; i < c->rows; i++) {
        double growth = std::exp(-o->yield[i] * o->years[i]), discount = std::exp(-o->rate[i] * o->years[i]);
        BlackCalculator calculator(type_of(o->sign[i]), o->strike[i], o->spot[i] * growth / discount,
                                   o->sigma[i] * std::sqrt(o->years[i]), discount);
        c->out[0][i] = calculator.value();
        c->out[1][i] = calculator.delta(o->spot[i]);
        c->out[2][i] = calculator.gamma(o->spot[i]);
        c->out[3][i] = calculator.vega(o->years[i]);
        c->out[4][i] = calculator.theta(o->spot[i], o->years[i]);
        c->out[5][i] = calculator.rho(o->years[i]);
    }
}

extern "C" void bench_quantlib_lirs(void *columns)
{
    const bench_columns *c = static_cast<const bench_columns *>(columns);
    const bench_options *o = c->options;
    for (size_t i = 0; i < c->rows; i++) {
        try {
            c->out[0][i] = blackFormulaImpliedStdDevLiRS(type_of(o->sign[i]), o->strike[i], o->forward[i],
                                                         o->price[i], o->discount[i], 0.0, Null<Real>(),
                                                         1.0, 1e-12, 100) /
                           std::sqrt(o->years[i]);
        } catch (...) {
            c->out[0][i] = std::numeric_limits<double>::quiet_NaN();
        }
    }
}

extern "C" bool bench_quantlib_svi(const bench_svi_quotes *q, double found[5])
{
    try {
        const double forward = 100.0, *strike = q->strike, *vol = q->vol;
        SviInterpolation svi(strike, strike + BENCH_SVI_QUOTES, vol, q->years, forward, q->start[0],
                             q->start[1], q->start[2], q->start[3], q->start[4], false, false, false,
                             false, false, false);
        svi.update();
        found[0] = svi.a();
        found[1] = svi.b();
        found[2] = svi.sigma();
        found[3] = svi.rho();
        found[4] = svi.m();
        return true;
    } catch (...) {
        return false;
    }
}
