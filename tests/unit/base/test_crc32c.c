/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crc32c.h"

#include "check.h"

static const struct {
    const char *name;
    const char *pattern; /**< Repeated to the length. */
    size_t pattern_len;
    size_t len;
    uint32_t crc;
} known[] = {
    {"nothing", "", 0, 0, 0},
    {"check value of the polynomial", "123456789", 9, 9, 0xe3069283},
    {"32 zeros (RFC 3720 B.4)", "\0", 1, 32, 0x8a9136aa},
    {"32 ones (RFC 3720 B.4)", "\xff", 1, 32, 0x62a8ab43},
};

static void
known_values(void)
{
    for (size_t i = 0; i < CHECK_COUNT(known); i++) {
        uint8_t in[64];
        CHECK_CASE(known[i].name);
        for (size_t k = 0; k < known[i].len; k++) {
            in[k] = (uint8_t)known[i].pattern[k % known[i].pattern_len];
        }
        CHECK_EQ(nm_crc32c(nm_span_of(in, known[i].len)), known[i].crc);
        CHECK_EQ(nm_crc32c_portable(nm_span_of(in, known[i].len)), known[i].crc);
    }
    CHECK_CASE("octets that count up (RFC 3720 B.4)");
    uint8_t in[32];
    for (unsigned k = 0; k < sizeof in; k++) {
        in[k] = (uint8_t)k;
    }
    CHECK_EQ(nm_crc32c(nm_span_of(in, sizeof in)), 0x46dd794e);
}

/* The definition, bit by bit. */
static uint32_t
crc_by_definition(nm_span in)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < in.len; i++) {
        crc ^= in.data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
        }
    }
    return ~crc;
}

static void
instruction_tables_and_definition_agree_at_every_length_and_alignment(void)
{
    static uint8_t in[8 + 300];
    uint64_t random = 4711;
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)check_random(&random);
    }
    for (size_t start = 0; start < 8; start++) {
        for (size_t len = 0; len <= 300; len++) {
            nm_span span = nm_span_of(in + start, len);
            uint32_t expected = crc_by_definition(span);
            CHECK_EQ(nm_crc32c(span), expected);
            CHECK_EQ(nm_crc32c_portable(span), expected);
        }
    }
}

static void
instruction_and_tables_agree_on_long_random_runs(void)
{
    static uint8_t in[100000];
    uint64_t random = 815;
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)check_random(&random);
    }
    for (int i = 0; i < 200; i++) {
        size_t start = check_random(&random) % 1000;
        nm_span span = nm_span_of(in + start, check_random(&random) % (sizeof in - start));
        CHECK_EQ(nm_crc32c(span), nm_crc32c_portable(span));
    }
}

static void
no_octets_at_no_address(void)
{
    CHECK_EQ(nm_crc32c(nm_span_of(NULL, 0)), 0);
    CHECK_EQ(nm_crc32c_portable(nm_span_of(NULL, 0)), 0);
}

CHECK_MAIN(CHECK_TEST(known_values),
           CHECK_TEST(instruction_tables_and_definition_agree_at_every_length_and_alignment),
           CHECK_TEST(instruction_and_tables_agree_on_long_random_runs),
           CHECK_TEST(no_octets_at_no_address))
