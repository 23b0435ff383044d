/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C: slicing by 8 octets in portable C, and one function per processor with an instruction
 * for it, chosen when called (the compiler's run-time keeps what the processor can).
 *
 * The instruction takes a clock, but its result can be used after three only. So long runs are read
 * as three streams, whose remainders are put together by a multiplication without carries. */
#include "base/crc32c.h"

#include "base/crc32c_table.h"
#include "base/word.h"

uint32_t
nm_crc32c_portable(nm_span in)
{
    const uint8_t *p = in.data;
    size_t left = in.len;
    uint32_t crc = UINT32_MAX;

    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word = nm_word_load(p) ^ crc;
        crc = crc32c_table[7][word & 0xff] ^ crc32c_table[6][word >> 8 & 0xff] ^
              crc32c_table[5][word >> 16 & 0xff] ^ crc32c_table[4][word >> 24 & 0xff] ^
              crc32c_table[3][word >> 32 & 0xff] ^ crc32c_table[2][word >> 40 & 0xff] ^
              crc32c_table[1][word >> 48 & 0xff] ^ crc32c_table[0][word >> 56];
    }
    for (; left > 0; left--, p++) {
        crc = crc >> 8 ^ crc32c_table[0][(crc ^ *p) & 0xff];
    }
    return ~crc;
}

#if defined(__x86_64__)

#include <nmmintrin.h>
#include <wmmintrin.h>

#define TARGET __attribute__((target("sse4.2,pclmul")))

enum {
    STREAMS = 3,    /* As many as the instruction has clocks of delay. */
    STREAM_MIN = 4, /* Words of a stream: with less the sum of three takes longer than one. */
    STREAM_MAX = sizeof crc32c_power / sizeof *crc32c_power / (STREAMS - 1),
};

/* The CRC behind `words` words of zeros, to which it has to be added. */
TARGET static inline uint64_t
behind_zeros(uint64_t crc, size_t words)
{
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc),
                                           _mm_cvtsi32_si128((int)crc32c_power[words - 1]), 0);
    return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

/* The CRC of three streams of as many words, one behind the other, at a time. */
TARGET static inline uint64_t
add_streams(uint64_t crc, const uint8_t *p, size_t words)
{
    size_t len = 8 * words;
    uint64_t second = 0;
    uint64_t third = 0;
    for (const uint8_t *end = p + len; p < end; p += 8) {
        crc = _mm_crc32_u64(crc, nm_word_load(p));
        second = _mm_crc32_u64(second, nm_word_load(p + len));
        third = _mm_crc32_u64(third, nm_word_load(p + 2 * len));
    }
    return behind_zeros(crc, 2 * words) ^ behind_zeros(second, words) ^ third;
}

/* The CRC with fewer than eight octets more, the first of them being the lowest of `octets`: of a
 * word that begins with zeros, which change nothing where there was no remainder before them. */
TARGET static inline uint64_t
add_few(uint64_t crc, uint64_t octets, size_t count)
{
    return _mm_crc32_u64(0, (octets ^ crc) << (64 - 8 * count)) ^ crc >> 8 * count;
}

TARGET static uint32_t
crc32c_sse42(nm_span in)
{
    const uint8_t *p = in.data;
    size_t left = in.len;
    uint64_t crc = UINT32_MAX;

    while (left >= 8 * STREAMS * STREAM_MIN) {
        size_t words = left / (8 * STREAMS);
        words = words < STREAM_MAX ? words : STREAM_MAX;
        crc = add_streams(crc, p, words);
        p += 8 * STREAMS * words;
        left -= 8 * STREAMS * words;
    }
    for (; left >= 8; left -= 8, p += 8) {
        crc = _mm_crc32_u64(crc, nm_word_load(p));
    }
    if (left > 0) {
        uint64_t octets =
            in.len >= 8 ? nm_word_load_before(p, p + left) : nm_word_load_part(p, left);
        crc = add_few(crc, octets, left);
    }
    return ~(uint32_t)crc;
}

uint32_t
nm_crc32c(nm_span in)
{
    bool has_both = __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
    return has_both ? crc32c_sse42(in) : nm_crc32c_portable(in);
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

uint32_t
nm_crc32c(nm_span in)
{
    const uint8_t *p = in.data;
    size_t left = in.len;
    uint32_t crc = UINT32_MAX;

    for (; left >= 8; left -= 8, p += 8) {
        crc = __crc32cd(crc, nm_word_load(p));
    }
    for (; left > 0; left--, p++) {
        crc = __crc32cb(crc, *p);
    }
    return ~crc;
}

#else

uint32_t
nm_crc32c(nm_span in)
{
    return nm_crc32c_portable(in);
}

#endif
