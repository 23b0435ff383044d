/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "check.h"

/* Values of an independent SipHash-1-3 with the seed as both halves of the key. */
static void
known_values(void)
{
    static const struct {
        const char *name;
        const char *in;
        size_t len;
        uint64_t without_seed;
        uint64_t with_seed;
    } rows[] = {
        {"nothing", "", 0, 0xd1fba762150c532c, 0x7772128d8337b8ed},
        {"one octet", "a", 1, 0x407448d2b89b1813, 0x7b6f987f50f226e3},
        {"less than a word", "1234567", 7, 0xa33d651594fdae81, 0xb9e6f0d41a3259f0},
        {"one word", "12345678", 8, 0x3489982430560a87, 0x37907014690b8665},
        {"more than a word", "123456789", 9, 0x0fbc0f0007965fcf, 0xe6ea12fd0514872f},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_span in = nm_span_of(rows[i].in, rows[i].len);
        CHECK_EQ(nm_hash(in, 0), rows[i].without_seed);
        CHECK_EQ(nm_hash(in, 0x0123456789abcdef), rows[i].with_seed);
    }
    CHECK_CASE("eight words");
    uint8_t in[64];
    for (unsigned i = 0; i < sizeof in; i++) {
        in[i] = (uint8_t)i;
    }
    CHECK_EQ(nm_hash(nm_span_of(in, sizeof in), 0), 0x75e05fd5bbc870c6);
}

static void
no_octets_at_no_address(void)
{
    CHECK_EQ(nm_hash(nm_span_of(NULL, 0), 0), 0xd1fba762150c532c);
}

static void
address_of_the_octets_does_not_matter(void)
{
    static const uint8_t words[25] = {'t', 'h', 'e', ' ', 'b', 'r', 'o',
                                      'w', 'n', ' ', 'f', 'o', 'x'};
    uint8_t in[40];
    for (size_t start = 0; start < 8; start++) {
        memcpy(in + start, words, sizeof words);
        CHECK_EQ(nm_hash(nm_span_of(in + start, sizeof words), 99),
                 nm_hash(nm_span_of(words, sizeof words), 99));
    }
}

/* Worked out by hand with integers of any length. */
static void
known_values_of_the_quick_hash(void)
{
    static const struct {
        const char *name;
        const char *in;
        uint64_t expected;
    } rows[] = {
        {"nothing", "", 0xa360ccb688b06279},
        {"one octet", "a", 0x08819629eff84fac},
        {"less than a word", "1234567", 0x00b78c167c8b58b7},
        {"one word", "12345678", 0x0836760003b28fc9},
        {"more than a word", "123456789", 0x275e2158f157f045},
        {"two words", "sixteen octets !", 0xcc479ebc5f91f587},
        {"more than two", "seventeen octets!", 0x1adbe3319fe5530a},
        {"some words", "a name of the DNS and what is asked", 0x351b669471bdc9f6},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        CHECK_EQ(nm_hash_more(nm_span_of(rows[i].in, strlen(rows[i].in)), 0x0123456789abcdef),
                 rows[i].expected);
    }
}

/* Octets that differ in little fall into all of 256 buckets about equally often, under any key. */
static void
the_quick_hash_spreads(void)
{
    static const uint64_t keys[] = {0x0123456789abcdef, 0xfedcba9876543210, 0x8000000000000001};
    for (size_t k = 0; k < CHECK_COUNT(keys); k++) {
        unsigned low[256] = {0};
        unsigned high[256] = {0};
        for (unsigned i = 0; i < 65536; i++) {
            uint8_t in[20] = {0};
            in[3] = (uint8_t)i;
            in[17] = (uint8_t)(i >> 8);
            uint64_t hash = nm_hash_more(nm_span_of(in, sizeof in), keys[k]);
            low[hash & 255]++;
            high[hash >> 56]++;
        }
        for (unsigned i = 0; i < 256; i++) {
            CHECK(low[i] > 128 && low[i] < 512);
            CHECK(high[i] > 128 && high[i] < 512);
        }
    }
}

CHECK_MAIN(CHECK_TEST(known_values), CHECK_TEST(known_values_of_the_quick_hash),
           CHECK_TEST(the_quick_hash_spreads), CHECK_TEST(no_octets_at_no_address),
           CHECK_TEST(address_of_the_octets_does_not_matter))
