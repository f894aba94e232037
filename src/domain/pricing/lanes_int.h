/*
 * The vector of doubles that *_lanes.c files are written in, LANES_WIDTH lanes wide.
 *
 * vd holds doubles and takes + - * / as they stand, with a plain double on either side too; vi
 * holds the same lanes as unsigned 64-bit words; vm is the answer of a comparison. Bits are the
 * same at every width (lanes.h says why): use vd_fma() where a fused multiply-add is wanted.
 * Comparisons are false for NaN.
 */
#ifndef DOMAIN_PRICING_LANES_INT_H
#define DOMAIN_PRICING_LANES_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "domain/pricing/lanes.h"

#if LANES_WIDTH == 8 || LANES_WIDTH == 4
#include <immintrin.h>
#endif

#if LANES_WIDTH == 8
#define LANES_NAME(name) name##_avx512
#elif LANES_WIDTH == 4
#define LANES_NAME(name) name##_avx2
#else
#define LANES_NAME(name) name##_portable
#endif

#define LANES_INLINE static inline __attribute__((always_inline, unused))

/* Before a loop over coefficients: write all its turns out. */
#if defined(__clang__)
#define LANES_UNROLL _Pragma("clang loop unroll(full)")
#else
#define LANES_UNROLL _Pragma("GCC unroll 32")
#endif

typedef double vd __attribute__((vector_size(8 * LANES_WIDTH)));
typedef uint64_t vi __attribute__((vector_size(8 * LANES_WIDTH)));
typedef double vd_anywhere __attribute__((vector_size(8 * LANES_WIDTH), aligned(8), may_alias));
#if LANES_WIDTH == 8
typedef __mmask8 vm;
#else
typedef vi vm;
#endif

LANES_INLINE vd vd_set(double x)
{
    return (vd){ 0 } + x;
}

LANES_INLINE vi vi_set(uint64_t x)
{
    return (vi){ 0 } + x;
}

LANES_INLINE vd vd_load(const double *from)
{
    return *(const vd_anywhere *)from;
}

LANES_INLINE void vd_store(double *to, vd x)
{
    *(vd_anywhere *)to = x;
}

/* Small whole numbers, such as signs, as doubles. */
LANES_INLINE vd vd_load_int8(const int8_t *from)
{
#if LANES_WIDTH == 8
    return (vd)_mm512_cvtepi64_pd(_mm512_cvtepi8_epi64(_mm_loadl_epi64((const __m128i *)from)));
#elif LANES_WIDTH == 4
    int32_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    return (vd)_mm256_cvtepi32_pd(_mm_cvtepi8_epi32(_mm_cvtsi32_si128(bytes)));
#else
    vd numbers;
    for (int i = 0; i < LANES_WIDTH; i++)
        numbers[i] = from[i];
    return numbers;
#endif
}

#if LANES_WIDTH == 8
#define LANES_COMPARE(name, op, predicate)                                                         \
    LANES_INLINE vm vm_##name(vd a, vd b)                                                          \
    {                                                                                              \
        return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, predicate);                              \
    }
#else
#define LANES_COMPARE(name, op, predicate)                                                         \
    LANES_INLINE vm vm_##name(vd a, vd b)                                                          \
    {                                                                                              \
        return (vm)(a op b);                                                                       \
    }
#endif
LANES_COMPARE(less, <, _CMP_LT_OQ)
LANES_COMPARE(at_most, <=, _CMP_LE_OQ)
LANES_COMPARE(equal, ==, _CMP_EQ_OQ)
#undef LANES_COMPARE

LANES_INLINE vm vm_greater(vd a, vd b)
{
    return vm_less(b, a);
}

LANES_INLINE vm vm_at_least(vd a, vd b)
{
    return vm_at_most(b, a);
}

/* On AVX-512 by its own instructions, so that masks stay in mask registers. */
#if LANES_WIDTH == 8
#define LANES_MASK(name, expression, instruction)                                                  \
    LANES_INLINE vm vm_##name(vm a, vm b)                                                          \
    {                                                                                              \
        return instruction(a, b);                                                                  \
    }
#else
#define LANES_MASK(name, expression, instruction)                                                  \
    LANES_INLINE vm vm_##name(vm a, vm b)                                                          \
    {                                                                                              \
        return expression;                                                                         \
    }
#endif
LANES_MASK(and, a &b, _kand_mask8)
LANES_MASK(or, a | b, _kor_mask8)
LANES_MASK(xor, a ^ b, _kxor_mask8)
#undef LANES_MASK

LANES_INLINE vm vm_not(vm a)
{
#if LANES_WIDTH == 8
    return _knot_mask8(a);
#else
    return ~a;
#endif
}

/* low <= x <= high; false for NaN. */
LANES_INLINE vm vm_within(vd x, double low, double high)
{
    return vm_and(vm_at_least(x, vd_set(low)), vm_at_most(x, vd_set(high)));
}

/* Where x has none of these bits. */
LANES_INLINE vm vm_bits_clear(vi x, uint64_t bits)
{
#if LANES_WIDTH == 8
    return _mm512_testn_epi64_mask((__m512i)x, _mm512_set1_epi64((long long)bits));
#else
    return (vm)((x & bits) == (vi){ 0 });
#endif
}

/*
 * Are all of a, b, ... ordinary positive numbers, in [2^-64, 2^64)? OR their vd_strangeness()
 * together and ask once: zeros, negatives, denormals, infinities and NaN all show.
 */
LANES_INLINE vi vd_strangeness(vd x)
{
    return (vi)x - UINT64_C(0x3bf0000000000000);
}

LANES_INLINE vm vm_ordinary(vi strangeness)
{
    return vm_bits_clear(strangeness, UINT64_C(0xf800000000000000));
}

/* Lane i is bit i. */
LANES_INLINE unsigned vm_bits(vm mask)
{
#if LANES_WIDTH == 8
    return mask;
#elif LANES_WIDTH == 4
    return (unsigned)_mm256_movemask_pd((__m256d)mask);
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < LANES_WIDTH; i++)
        bits |= (unsigned)(mask[i] & 1u) << i;
    return bits;
#endif
}

LANES_INLINE bool vm_any(vm mask)
{
    return vm_bits(mask) != 0;
}

LANES_INLINE bool vm_all(vm mask)
{
    return vm_bits(mask) == (1u << LANES_WIDTH) - 1u;
}

/* yes where mask holds, else no. */
LANES_INLINE vd vd_select(vm mask, vd yes, vd no)
{
#if LANES_WIDTH == 8
    return (vd)_mm512_mask_blend_pd(mask, (__m512d)no, (__m512d)yes);
#elif LANES_WIDTH == 4
    return (vd)_mm256_blendv_pd((__m256d)no, (__m256d)yes, (__m256d)mask);
#else
    return (vd)((mask & (vi)yes) | (~mask & (vi)no));
#endif
}

/* a > b ? a : b, and so b where either is NaN. */
LANES_INLINE vd vd_max(vd a, vd b)
{
#if LANES_WIDTH == 8
    return (vd)_mm512_max_pd((__m512d)a, (__m512d)b);
#elif LANES_WIDTH == 4
    return (vd)_mm256_max_pd((__m256d)a, (__m256d)b);
#else
    return vd_select(vm_greater(a, b), a, b);
#endif
}

/* a < b ? a : b. */
LANES_INLINE vd vd_min(vd a, vd b)
{
#if LANES_WIDTH == 8
    return (vd)_mm512_min_pd((__m512d)a, (__m512d)b);
#elif LANES_WIDTH == 4
    return (vd)_mm256_min_pd((__m256d)a, (__m256d)b);
#else
    return vd_select(vm_less(a, b), a, b);
#endif
}

LANES_INLINE vd vd_abs(vd x)
{
    return (vd)((vi)x & UINT64_C(0x7fffffffffffffff));
}

/* Is the sign bit set? */
LANES_INLINE vm vm_negative(vd x)
{
#if LANES_WIDTH == 8
    return _mm512_movepi64_mask((__m512i)x);
#else
    return (vm)((vi)x > UINT64_C(0x7fffffffffffffff));
#endif
}

/* x, or -x where by has its sign bit set. */
LANES_INLINE vd vd_flip(vd x, vd by)
{
    return (vd)((vi)x ^ ((vi)by & UINT64_C(0x8000000000000000)));
}

/* Of signs, +1 or -1: where they are -1; *good: where they are one of the two. */
LANES_INLINE vm vm_load_puts(const int8_t *sign, vm *good)
{
#if LANES_WIDTH == 8
    /* On the integer side, which is idle: bytes are 01 or ff; one bit of each is gathered on top.
     */
    const uint64_t each = UINT64_C(0x0101010101010101);
    uint64_t bytes, put;
    memcpy(&bytes, sign, sizeof bytes);
    put = bytes >> 7 & each;
    *good = (put * 0xfe | each) == bytes ? 0xff : vm_equal(vd_abs(vd_load_int8(sign)), vd_set(1.0));
    return (vm)(put * UINT64_C(0x0102040810204080) >> 56);
#else
    vd number = vd_load_int8(sign);
    *good = vm_equal(vd_abs(number), vd_set(1.0));
    return vm_negative(number);
#endif
}

/* The size of x with the sign of sign. */
LANES_INLINE vd vd_copysign(vd x, vd sign)
{
    return (vd)(((vi)x & UINT64_C(0x7fffffffffffffff)) | ((vi)sign & UINT64_C(0x8000000000000000)));
}

/* a * b + c, rounded once. */
LANES_INLINE vd vd_fma(vd a, vd b, vd c)
{
#if LANES_WIDTH == 8
    return (vd)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif LANES_WIDTH == 4
    return (vd)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    vd sum;
    for (int i = 0; i < LANES_WIDTH; i++)
        sum[i] = __builtin_fma(a[i], b[i], c[i]);
    return sum;
#endif
}

LANES_INLINE vd vd_sqrt(vd x)
{
#if LANES_WIDTH == 8
    return (vd)_mm512_sqrt_pd((__m512d)x);
#elif LANES_WIDTH == 4
    return (vd)_mm256_sqrt_pd((__m256d)x);
#else
    vd root;
    for (int i = 0; i < LANES_WIDTH; i++)
        root[i] = __builtin_sqrt(x[i]);
    return root;
#endif
}

/* c[0] + c[1] z + ... + c[degree] z^degree, by Horner. degree is known at compile time. */
LANES_INLINE vd vd_polynomial(const double *c, int degree, vd z)
{
    vd sum = vd_set(c[degree]);
    for (int i = degree - 1; i >= 0; i--)
        sum = vd_fma(sum, z, vd_set(c[i]));
    return sum;
}

#endif
