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

CHECK_MAIN(CHECK_TEST(known_values), CHECK_TEST(no_octets_at_no_address),
           CHECK_TEST(address_of_the_octets_does_not_matter))
