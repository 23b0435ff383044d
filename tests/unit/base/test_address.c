/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <stdlib.h>

#include "check.h"

/* Eight words of four hex digits with a blank between two. */
static void
parse_words(const char *words, uint8_t out[NM_IPV6_LEN])
{
    for (size_t i = 0; i < NM_IPV6_LEN / 2; i++) {
        char *end;
        unsigned long word = strtoul(words + 5 * i, &end, 16);
        CHECK_OR_EXIT(end == words + 5 * i + 4);
        out[2 * i] = (uint8_t)(word >> 8);
        out[2 * i + 1] = (uint8_t)word;
    }
}

/* Every text must also be read back to the same address. */
static void
ipv6_is_formatted(void)
{
    static const struct {
        const char *name;
        const char *words;
        const char *text;
    } rows[] = {
        {"all zero", "0000 0000 0000 0000 0000 0000 0000 0000", "::"},
        {"loopback is not dotted", "0000 0000 0000 0000 0000 0000 0000 0001", "::1"},
        {"no zeros", "2001 0db8 1111 2222 3333 4444 5555 6666",
         "2001:db8:1111:2222:3333:4444:5555:6666"},
        {"leading zeros of a word are dropped", "0001 0020 0300 4000 000a 00b0 0c00 d000",
         "1:20:300:4000:a:b0:c00:d000"},
        {"hex digits are lower-case", "abcd ef01 abcd ef01 abcd ef01 abcd ef01",
         "abcd:ef01:abcd:ef01:abcd:ef01:abcd:ef01"},
        {"run of two", "0001 0000 0000 0002 0003 0004 0005 0006", "1::2:3:4:5:6"},
        {"a single zero word is written", "0001 0002 0003 0004 0005 0006 0007 0000",
         "1:2:3:4:5:6:7:0"},
        {"single zero words everywhere", "0000 0001 0000 0001 0000 0001 0000 0001",
         "0:1:0:1:0:1:0:1"},
        {"the longest run", "0001 0000 0000 0002 0000 0000 0000 0003", "1:0:0:2::3"},
        {"the first of two equal runs", "2001 0db8 0000 0000 0001 0000 0000 0001",
         "2001:db8::1:0:0:1"},
        {"run at the end", "0001 0000 0000 0000 0000 0000 0000 0000", "1::"},
        {"run of two at the end", "0001 0002 0003 0004 0005 0006 0000 0000", "1:2:3:4:5:6::"},
        {"run at the start", "0000 0000 0000 0001 0002 0003 0004 0005", "::1:2:3:4:5"},
        {"run of six at the start is dotted", "0000 0000 0000 0000 0000 0000 0001 0002",
         "::0.1.0.2"},
        {"run of six, last word zero", "0000 0000 0000 0000 0000 0000 0001 0000", "::0.1.0.0"},
        {"IPv4 in IPv6 is dotted", "0000 0000 0000 0000 0000 ffff c000 0201", "::ffff:192.0.2.1"},
        {"IPv4 in IPv6 of zeros", "0000 0000 0000 0000 0000 ffff 0000 0000", "::ffff:0.0.0.0"},
        {"run of five before another word", "0000 0000 0000 0000 0000 fffe 0102 0304",
         "::fffe:102:304"},
        {"ffff at another place", "0000 0000 0000 0000 ffff 0000 0102 0304", "::ffff:0:102:304"},
        {"run of six elsewhere is not dotted", "fe80 0000 0000 0000 0000 0000 0000 0001",
         "fe80::1"},
        {"as long as it gets", "1111 2222 3333 4444 5555 6666 7777 8888",
         "1111:2222:3333:4444:5555:6666:7777:8888"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        uint8_t address[NM_IPV6_LEN];
        uint8_t back[NM_IPV6_LEN];
        char out[NM_ADDRESS_TEXT_MAX];
        parse_words(rows[i].words, address);
        size_t len = nm_address_format(nm_span_of(address, sizeof address), out);
        CHECK_TEXT(out, len, rows[i].text);
        CHECK_EQ(nm_address_parse(nm_span_of(out, len), back), NM_IPV6_LEN);
        CHECK_SPAN(nm_span_of(back, sizeof back), nm_span_of(address, sizeof address));
    }
}

static void
ipv4_is_formatted(void)
{
    static const struct {
        uint8_t address[NM_IPV4_LEN];
        const char *text;
    } rows[] = {
        {{0, 0, 0, 0}, "0.0.0.0"},
        {{255, 255, 255, 255}, "255.255.255.255"},
        {{192, 0, 2, 10}, "192.0.2.10"},
        {{1, 20, 100, 9}, "1.20.100.9"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        char out[NM_ADDRESS_TEXT_MAX];
        size_t len = nm_address_format(nm_span_of(rows[i].address, NM_IPV4_LEN), out);
        CHECK_TEXT(out, len, rows[i].text);
    }
}

/* As an address of eight words is written without any table. */
static size_t
format_plainly(const uint8_t address[NM_IPV6_LEN], char out[64])
{
    int start = -1;
    int longest = 1;
    for (int from = 0; from < 8; from++) {
        int count = 0;
        while (from + count < 8 && address[2 * (from + count)] == 0 &&
               address[2 * (from + count) + 1] == 0) {
            count++;
        }
        if (count > longest) {
            start = from;
            longest = count;
        }
    }
    int len = 0;
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            len += snprintf(out + len, 64 - (size_t)len, "::");
            i += longest - 1;
        } else {
            len += snprintf(out + len, 64 - (size_t)len, "%s%x",
                            i > 0 && i != start + longest ? ":" : "",
                            (unsigned)(address[2 * i] << 8 | address[2 * i + 1]));
        }
    }
    return (size_t)len;
}

static void
every_octet_is_formatted_in_every_place(void)
{
    for (unsigned value = 0; value <= UINT8_MAX; value++) {
        for (size_t place = 0; place < NM_IPV4_LEN; place++) {
            unsigned octets[NM_IPV4_LEN] = {7, 42, 198, 0};
            uint8_t address[NM_IPV4_LEN];
            char out[NM_ADDRESS_TEXT_MAX];
            char expected[16];
            octets[place] = value;
            for (size_t i = 0; i < NM_IPV4_LEN; i++) {
                address[i] = (uint8_t)octets[i];
            }
            (void)snprintf(expected, sizeof expected, "%u.%u.%u.%u", octets[0], octets[1],
                           octets[2], octets[3]);
            size_t len = nm_address_format(nm_span_of(address, sizeof address), out);
            CHECK_TEXT(out, len, expected);
        }
    }
}

static void
every_word_is_formatted(void)
{
    for (unsigned word = 0; word <= UINT16_MAX; word++) {
        const uint8_t address[NM_IPV6_LEN] = {
            0x20, 1, 2, 0, [6] = (uint8_t)(word >> 8), (uint8_t)word, 1, 0, [15] = 1};
        char out[NM_ADDRESS_TEXT_MAX];
        char expected[64];
        (void)format_plainly(address, expected);
        size_t len = nm_address_format(nm_span_of(address, sizeof address), out);
        CHECK_TEXT(out, len, expected);
    }
}

/* Dotted are only those that start with five zero words. */
static void
every_pattern_of_zero_words_is_formatted(void)
{
    for (unsigned zeros = 0; zeros < 256; zeros++) {
        uint8_t address[NM_IPV6_LEN] = {0};
        char out[NM_ADDRESS_TEXT_MAX];
        char expected[64];
        if ((zeros & 0x1f) == 0x1f) {
            continue;
        }
        for (size_t i = 0; i < 8; i++) {
            address[2 * i + 1] = (zeros >> i & 1) != 0 ? 0 : (uint8_t)(i + 9);
        }
        (void)format_plainly(address, expected);
        size_t len = nm_address_format(nm_span_of(address, sizeof address), out);
        CHECK_TEXT(out, len, expected);
    }
}

static void
other_lengths_have_no_text(void)
{
    static const uint8_t octets[20] = {1};
    char out[NM_ADDRESS_TEXT_MAX] = "#";
    for (size_t len = 0; len <= sizeof octets; len++) {
        if (len != NM_IPV4_LEN && len != NM_IPV6_LEN) {
            CHECK_EQ(nm_address_format(nm_span_of(octets, len), out), 0);
        }
    }
    CHECK_EQ(out[0], '#');
}

static void
text_is_accepted(void)
{
    static const struct {
        const char *text;
        const char *words; /**< NULL: an IPv4 address. */
        uint8_t ipv4[NM_IPV4_LEN];
    } rows[] = {
        {"1.2.3.4", NULL, {1, 2, 3, 4}},
        {"0.0.0.0", NULL, {0, 0, 0, 0}},
        {"255.255.255.255", NULL, {255, 255, 255, 255}},
        {"::", "0000 0000 0000 0000 0000 0000 0000 0000", {0}},
        {"::1", "0000 0000 0000 0000 0000 0000 0000 0001", {0}},
        {"1::", "0001 0000 0000 0000 0000 0000 0000 0000", {0}},
        {"1:2:3:4:5:6:7:8", "0001 0002 0003 0004 0005 0006 0007 0008", {0}},
        {"1:2:3:4:5:6:7::", "0001 0002 0003 0004 0005 0006 0007 0000", {0}},
        {"::2:3:4:5:6:7:8", "0000 0002 0003 0004 0005 0006 0007 0008", {0}},
        {"1::3:4:5:6:7:8", "0001 0000 0003 0004 0005 0006 0007 0008", {0}},
        {"ABCD:eF00::", "abcd ef00 0000 0000 0000 0000 0000 0000", {0}},
        {"0001:0002::000f", "0001 0002 0000 0000 0000 0000 0000 000f", {0}},
        {"::192.0.2.1", "0000 0000 0000 0000 0000 0000 c000 0201", {0}},
        {"::ffff:192.0.2.1", "0000 0000 0000 0000 0000 ffff c000 0201", {0}},
        {"1:2:3:4:5:6:192.0.2.1", "0001 0002 0003 0004 0005 0006 c000 0201", {0}},
        {"::2:3:4:5:6:192.0.2.1", "0000 0002 0003 0004 0005 0006 c000 0201", {0}},
        {"1:2::192.0.2.1", "0001 0002 0000 0000 0000 0000 c000 0201", {0}},
        {"0000:0000:0000:0000:0000:ffff:255.255.255.255",
         "0000 0000 0000 0000 0000 ffff ffff ffff",
         {0}},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        uint8_t expected[NM_IPV6_LEN];
        uint8_t out[NM_IPV6_LEN];
        size_t len = nm_address_parse(nm_span_of(rows[i].text, strlen(rows[i].text)), out);
        if (rows[i].words == NULL) {
            CHECK_SPAN(nm_span_of(out, len), nm_span_of(rows[i].ipv4, NM_IPV4_LEN));
        } else {
            parse_words(rows[i].words, expected);
            CHECK_SPAN(nm_span_of(out, len), nm_span_of(expected, NM_IPV6_LEN));
        }
    }
}

static void
text_is_refused(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "a",
        "1",
        "1.2.3",
        "1.2.3.",
        ".1.2.3.4",
        "1.2.3.4.",
        "1.2.3.4.5",
        "1..2.3",
        "1.2.3.256",
        "1.2.3.1000",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.00",
        "1.2.3.-4",
        "1.2.3.+4",
        "1.2.3.0x4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4/24",
        "1.2.3.a",
        "16909060",
        ":",
        ":::",
        "1:",
        ":1",
        "1:2",
        "1::2::3",
        "::1::",
        ":1::",
        "::1:",
        "1:::2",
        ":::1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        "1:2:3:4:5:6:7:8:",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "1:2:3:4::5:6:7:8",
        "00001::",
        "::12345",
        "::g",
        "::1%lo",
        "fe80::1%1",
        "::1/128",
        "[::1]",
        "::1 ",
        " ::1",
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.256",
        "::1.2.3.04",
        "::a.2.3.4",
        "::1.2.3.4:5",
        "1.2.3.4::",
        "1.2.3.4:5",
        "::.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7:8:1.2.3.4",
        "::1:2:3:4:5:6:1.2.3.4",
        "1:2:3:4:5:1.2.3.4",
        "-1::",
        "::-1",
        "0000:0000:0000:0000:0000:0000:255.255.255.2555",
    };
    for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
        CHECK_CASE(texts[i]);
        uint8_t out[NM_IPV6_LEN] = {0xee, 0xee, 0xee, 0xee};
        CHECK_EQ(nm_address_parse(nm_span_of(texts[i], strlen(texts[i])), out), 0);
        CHECK_EQ(out[0], 0xee); /* Written on success only. */
    }
}

static void
a_nul_inside_is_refused(void)
{
    uint8_t out[NM_IPV6_LEN];
    CHECK_EQ(nm_address_parse(nm_span_of("1.2.3.4\0", 8), out), 0);
    CHECK_EQ(nm_address_parse(nm_span_of("::1\0", 4), out), 0);
    CHECK_EQ(nm_address_parse(nm_span_of("1.2\0.3.4", 8), out), 0);
    CHECK_EQ(nm_address_parse(nm_span_of(NULL, 0), out), 0);
}

/* The end of the text counts, not what stands behind it. */
static void
text_ends_where_its_length_says(void)
{
    static const char *const texts[] = {"198.51.100.255", "2001:db8::12ab:198.51.100.25",
                                        "2001:db8:1234:5678:9abc:def0:1234:5678"};
    for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
        size_t whole_len = strlen(texts[i]);
        for (size_t len = 0; len <= whole_len; len++) {
            char *text = malloc(len + 1); /* Of exactly this length, for the sanitizers. */
            uint8_t out[NM_IPV6_LEN];
            uint8_t same[NM_IPV6_LEN];
            CHECK_OR_EXIT(text != NULL);
            memcpy(text, texts[i], len);
            size_t address_len = nm_address_parse(nm_span_of(texts[i], len), out);
            CHECK_EQ(nm_address_parse(nm_span_of(text, len), same), address_len);
            CHECK_SPAN(nm_span_of(same, address_len), nm_span_of(out, address_len));
            CHECK(len < whole_len || address_len > 0);
            bool is_ipv4 = i == 0 && len > 11 && len <= whole_len;
            CHECK(i > 0 || (address_len == NM_IPV4_LEN) == is_ipv4);
            free(text);
        }
    }
}

/* Words of the random addresses are often zero, so that all kinds of runs come up. */
static void
random_addresses_come_back_from_their_text(void)
{
    uint64_t random = 6;
    for (int i = 0; i < 100000; i++) {
        uint8_t address[NM_IPV6_LEN] = {0};
        uint8_t back[NM_IPV6_LEN];
        char out[NM_ADDRESS_TEXT_MAX];
        uint64_t zero_words = check_random(&random);
        size_t len = i % 4 == 0 ? NM_IPV4_LEN : NM_IPV6_LEN;
        for (size_t k = 0; k < len; k++) {
            uint64_t octet = check_random(&random);
            if ((zero_words >> (k / 2) & 1) == 0) {
                address[k] = (octet >> 20 & 3) == 0 ? 0 : (uint8_t)octet;
            }
        }
        if (i % 64 == 1) {
            memset(address, 0, 10);
            memset(address + 10, 0xff, 2);
        }
        size_t text_len = nm_address_format(nm_span_of(address, len), out);
        CHECK(text_len > 0 && text_len <= sizeof out);
        CHECK_EQ(nm_address_parse(nm_span_of(out, text_len), back), len);
        CHECK_SPAN(nm_span_of(back, len), nm_span_of(address, len));
    }
}

CHECK_MAIN(CHECK_TEST(ipv6_is_formatted), CHECK_TEST(ipv4_is_formatted),
           CHECK_TEST(every_octet_is_formatted_in_every_place), CHECK_TEST(every_word_is_formatted),
           CHECK_TEST(every_pattern_of_zero_words_is_formatted),
           CHECK_TEST(other_lengths_have_no_text), CHECK_TEST(text_is_accepted),
           CHECK_TEST(text_is_refused), CHECK_TEST(a_nul_inside_is_refused),
           CHECK_TEST(text_ends_where_its_length_says),
           CHECK_TEST(random_addresses_come_back_from_their_text))
