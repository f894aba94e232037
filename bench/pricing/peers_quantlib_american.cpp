// QuantLib's QdFp American engine behind plain functions, for comparison only.
#include <cmath>
#include <limits>

#include <ql/exercise.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/math/solvers1d/brent.hpp>
#include <ql/pricingengines/vanilla/qdfpamericanengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/quotes/simplequote.hpp>
#include <ql/settings.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/flatforward.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

extern "C" {
#include "bench/pricing/bench.h"
}

using namespace QuantLib;

namespace {

// Quotes, process and engine are made once and used for every option.
struct desk {
    Date today{ 1, January, 2024 };
    DayCounter days = Actual365Fixed();
    ext::shared_ptr<SimpleQuote> spot{ new SimpleQuote(100.0) }, rate{ new SimpleQuote(0.0) },
        yield{ new SimpleQuote(0.0) }, vol{ new SimpleQuote(0.2) };
    ext::shared_ptr<GeneralizedBlackScholesProcess> process;
    ext::shared_ptr<PricingEngine> fast, accurate;

    desk()
    {
        Settings::instance().evaluationDate() = today;
        process = ext::make_shared<BlackScholesMertonProcess>(
            Handle<Quote>(spot),
            Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, Handle<Quote>(yield), days)),
            Handle<YieldTermStructure>(ext::make_shared<FlatForward>(today, Handle<Quote>(rate), days)),
            Handle<BlackVolTermStructure>(
                ext::make_shared<BlackConstantVol>(today, NullCalendar(), Handle<Quote>(vol), days)));
        fast = ext::make_shared<QdFpAmericanEngine>(process, QdFpAmericanEngine::fastScheme());
        accurate = ext::make_shared<QdFpAmericanEngine>(process, QdFpAmericanEngine::accurateScheme());
    }

    VanillaOption option(const bench_options *o, size_t i, bool is_accurate)
    {
        spot->setValue(o->spot[i]);
        rate->setValue(o->rate[i]);
        yield->setValue(o->yield[i]);
        vol->setValue(o->sigma[i]);
        VanillaOption option(
            ext::make_shared<PlainVanillaPayoff>(o->sign[i] > 0 ? Option::Call : Option::Put, o->strike[i]),
            ext::make_shared<AmericanExercise>(today, today + (int)std::lround(o->years[i] * 365.0)));
        option.setPricingEngine(is_accurate ? accurate : fast);
        return option;
    }
};

desk &the_desk()
{
    static desk only;
    return only;
}

} // namespace

extern "C" void bench_quantlib_american(struct bench_american *w)
{
    for (size_t i = 0; i < w->rows; i++)
        w->out[i] = the_desk().option(w->options, i, w->is_accurate).NPV();
}

extern "C" void bench_quantlib_american_vol(struct bench_american *w)
{
    desk &d = the_desk();
    for (size_t i = 0; i < w->rows; i++) {
        VanillaOption option = d.option(w->options, i, false);
        double target = w->price[i];
        try {
            w->out[i] = Brent().solve(
                [&](double vol) {
                    d.vol->setValue(vol);
                    return option.NPV() - target;
                },
                1e-7, 0.3, 0.001, 5.0);
        } catch (...) {
            w->out[i] = std::numeric_limits<double>::quiet_NaN();
        }
    }
}
