/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C: slicing by 8 octets in portable C, and one function per processor with an instruction
 * for it, chosen when called (the compiler's run-time keeps what the processor can). */
#include "base/crc32c.h"

#include "base/crc32c_table.h"

static inline uint64_t
load_le64(const uint8_t *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

uint32_t
nm_crc32c_portable(nm_span in)
{
    const uint8_t *p = in.data;
    size_t left = in.len;
    uint32_t crc = UINT32_MAX;

    for (; left >= 8; left -= 8, p += 8) {
        uint64_t word = load_le64(p) ^ crc;
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

__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse42(nm_span in)
{
    const uint8_t *p = in.data;
    size_t left = in.len;
    uint64_t crc = UINT32_MAX;

    for (; left >= 8; left -= 8, p += 8) {
        crc = _mm_crc32_u64(crc, load_le64(p));
    }
    uint32_t tail = (uint32_t)crc;
    for (; left > 0; left--, p++) {
        tail = _mm_crc32_u8(tail, *p);
    }
    return ~tail;
}

uint32_t
nm_crc32c(nm_span in)
{
    return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(in) : nm_crc32c_portable(in);
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
        crc = __crc32cd(crc, load_le64(p));
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
