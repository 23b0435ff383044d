/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/name.h"

#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "dns_octets.h"

static void
check_format(nm_span name, const char *text)
{
    nm_buffer b;
    nm_buffer_init(&b, 10000, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&b);
    nm_dns_name_format(&w, name);
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_BUFFER(b, text);
    nm_buffer_clear(&b);
}

static void
names_are_formatted(void)
{
    static const struct {
        const char *name;
        const char *octets;
        const char *text;
    } rows[] = {
        {"root", "<>", "."},
        {"no octets", "", "."},
        {"labels", "<www.example.com>", "www.example.com."},
        {"case is kept", "<wWw.EXAMPLE>", "wWw.EXAMPLE."},
        {"dot and backslash", "03'a.b' 03'c\\d' 00", "a\\.b.c\\\\d."},
        {"octets that are not printable", "07 00 1f 20 7f 80 c8 ff 00",
         "\\000\\031\\032\\127\\128\\200\\255."},
        {"nothing else is escaped", "06'\";@$()' 02'!~' 00", "\";@$().!~."},
        {"no root label", "<www.example|", "www.example."},
        {"cut inside a label", "05'abc'", "abc."},
        {"cut behind a length octet", "01'a' 05", "a.."},
        {"only a length octet", "05", "."},
        {"what follows the root", "01'a' 00 01'b'", "a."},
        {"a pointer is a length", "c00c 'abc'", "\\012abc."},
        {"a length of 64", "40 'abc' 00", "abc\\000."},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        dns_octets name = dns_octets_of(rows[i].octets);
        check_format(dns_octets_span(&name), rows[i].text);
    }
}

/* The text of a name as the documents have it, one octet after the other. */
static size_t
format_plainly(nm_span name, char *out)
{
    size_t len = 0;
    size_t at = 0;
    while (at < name.len && name.data[at] != 0) {
        size_t left = name.data[at++];
        for (; left > 0 && at < name.len; left--) {
            uint8_t c = name.data[at++];
            if (c == '.' || c == '\\') {
                out[len++] = '\\';
                out[len++] = (char)c;
            } else if (c > ' ' && c < 0x7f) {
                out[len++] = (char)c;
            } else {
                len += (size_t)snprintf(out + len, 5, "\\%03u", (unsigned)c);
            }
        }
        out[len++] = '.';
    }
    if (len == 0) {
        out[len++] = '.';
    }
    return len;
}

/* The name lies where nothing may be read around it. */
static void
check_as_plainly(nm_span name)
{
    char expected[4 * NM_DNS_NAME_MAX + 2];
    size_t expected_len = format_plainly(name, expected);
    uint8_t *alone = malloc(name.len);
    CHECK_OR_EXIT(alone != NULL);
    memcpy(alone, name.data, name.len);
    nm_buffer b;
    nm_buffer_init(&b, 10000, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&b);
    bool is_plain = nm_dns_name_format(&w, nm_span_of(alone, name.len));
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_SPAN(nm_buffer_span(&b), nm_span_of(expected, expected_len));
    for (size_t i = 0; i < expected_len && is_plain; i++) {
        CHECK(expected[i] > ' ' && expected[i] < 0x7f);
        CHECK(expected[i] != '"' && expected[i] != '\\');
    }
    nm_buffer_clear(&b);
    free(alone);
}

/* Labels around the eight octets that are looked at together, of all lengths up to 17, with each
 * octet in each place of the first, and short and long ones behind it, with a root label or not. */
static void
every_octet_is_formatted_in_every_place(void)
{
    static const char *const ends[] = {"", "<>", "<a>", "<com>", "<example>", "<example|"};
    for (size_t end = 0; end < CHECK_COUNT(ends); end++) {
        dns_octets tail = dns_octets_of(ends[end]);
        nm_span tail_span = dns_octets_span(&tail);
        for (size_t len = 1; len <= 17; len++) {
            uint8_t name[64] = {(uint8_t)len};
            memset(name + 1, 'x', len);
            if (tail_span.len > 0) {
                memcpy(name + 1 + len, tail_span.data, tail_span.len);
            }
            for (size_t place = 1; place <= len; place++) {
                for (unsigned octet = 0; octet <= UINT8_MAX; octet++) {
                    name[place] = (uint8_t)octet;
                    check_as_plainly(nm_span_of(name, 1 + len + tail_span.len));
                }
                name[place] = 'x';
            }
        }
    }
}

/* Octets that tell lengths look like others, and others like those. */
static void
labels_of_all_lengths_are_formatted(void)
{
    static const char odd[] = "x.\\\"-/,\x01\x7f\x80";
    for (size_t len = 1; len <= 252; len++) {
        for (size_t i = 0; i < sizeof odd; i++) {
            uint8_t name[NM_DNS_NAME_MAX + 2] = {1, 'a', (uint8_t)len};
            memset(name + 3, 'x', len);
            name[3 + i % len] = (uint8_t)odd[i];
            check_as_plainly(nm_span_of(name, 3 + len));     /* Without a root label, */
            check_as_plainly(nm_span_of(name, 3 + len + 1)); /* with it, */
            check_as_plainly(nm_span_of(name, 3 + len + 2)); /* and with an octet behind it. */
            check_as_plainly(nm_span_of(name, 3 + len - 1)); /* Cut. */
            check_as_plainly(nm_span_of(name + 2, len + 2));
        }
    }
}

static void
random_names_are_formatted(void)
{
    uint64_t random = 20260203;
    for (int i = 0; i < 20000; i++) {
        uint8_t name[NM_DNS_NAME_MAX];
        size_t len = 1 + (size_t)(check_random(&random) % 40);
        for (size_t k = 0; k < len; k++) {
            uint64_t octet = check_random(&random);
            name[k] = (uint8_t)((octet & 0x300) == 0  ? octet >> 16 & 15
                                : (octet & 0x3f) == 0 ? octet >> 16
                                                      : 'a' + (octet >> 16) % 26);
        }
        check_as_plainly(nm_span_of(name, len));
    }
}

/* What programs ask it for. */
static void
names_of_hosts_stand_for_themselves(void)
{
    static const struct {
        const char *octets;
        bool is_plain;
    } rows[] = {
        {"<>", true},
        {"<www.example.com>", true},
        {"<_dmarc.xn--bcher-kva.example>", true},
        {"<a-1.b-2.c-3.example|", true},
        {"09'under_000' 03'com' 00", true},
        {"08'example\"' 00", false},
        {"08'example.' 00", false},
        {"0a'0123456789' 02'\"a' 00", false},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].octets);
        dns_octets name = dns_octets_of(rows[i].octets);
        nm_buffer b;
        nm_buffer_init(&b, 1000, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&b);
        CHECK_EQ(nm_dns_name_format(&w, dns_octets_span(&name)), rows[i].is_plain);
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        nm_buffer_clear(&b);
    }
}

static void
the_longest_text_fits(void)
{
    uint8_t name[255] = {254};
    char text[254 * 4 + 2];
    for (size_t i = 1; i < sizeof name; i++) {
        name[i] = 7;
        snprintf(text + 4 * (i - 1), 5, "\\007");
    }
    snprintf(text + sizeof text - 2, 2, ".");
    check_format(nm_span_of(name, sizeof name), text);
}

static void
formatting_needs_memory(void)
{
    nm_buffer b;
    nm_buffer_init(&b, 8, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&b);
    nm_dns_name_format(&w, nm_span_of("\3www\7example", 13));
    CHECK_EQ(nm_writer_end(&w), NM_E_LIMIT);
    nm_buffer_clear(&b);
}

static void
text_is_parsed(void)
{
    static const struct {
        const char *text;
        const char *octets;
    } rows[] = {
        {"", "00"},
        {".", "00"},
        {"www.example.com.", "<www.example.com>"},
        {"www.example.com", "<www.example.com>"},
        {"wWw.", "<wWw>"},
        {"a\\.b.c\\\\d.", "03'a.b' 03'c\\d' 00"},
        {"\\a\\ \\\".", "03'a \"' 00"},
        {"\\000\\255\\0459", "04 00 ff '-9' 00"},
        {"\\..", "01'.' 00"},
        {"\\.", "01'.' 00"},
        {"a b\t;@", "06'a b' 09 ';@' 00"},
        {"caf\xc3\xa9", "05'caf' c3a9 00"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        uint8_t name[NM_DNS_NAME_MAX];
        size_t len = 0;
        dns_octets expected = dns_octets_of(rows[i].octets);
        CHECK_EQ(nm_dns_name_parse(nm_span_of_text(rows[i].text), name, &len), NM_OK);
        CHECK_SPAN(nm_span_of(name, len), dns_octets_span(&expected));
        CHECK(nm_dns_name_has_valid_labels(nm_span_of(name, len)));
    }
}

static void
text_is_refused(void)
{
    static const char *const texts[] = {
        "..", ".a", "a..", "a..b", "a\\", "a\\1", "a\\12", "a\\12.", "\\256.", "\\999", "\\1a2",
    };
    for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
        CHECK_CASE(texts[i]);
        uint8_t name[NM_DNS_NAME_MAX];
        size_t len = 77;
        CHECK_EQ(nm_dns_name_parse(nm_span_of_text(texts[i]), name, &len), NM_E_PARSE);
        CHECK_EQ(len, 77);
    }
}

/* `labels` times "aaa.", then `more` times "b", with a final dot or not. */
static size_t
long_text(char *out, size_t labels, size_t more, bool has_dot)
{
    char *p = out;
    for (size_t i = 0; i < 4 * labels; i++) {
        *p++ = "aaa."[i % 4];
    }
    memset(p, 'b', more);
    p += more;
    if (has_dot && more > 0) {
        *p++ = '.';
    }
    return (size_t)(p - out);
}

/* The text with every octet but the dots written as \DDD. @return its length. */
static size_t
escape_all(const uint8_t *text, size_t len, char *out)
{
    char *to = out;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            *to++ = '.';
        } else {
            to += snprintf(to, 5, "\\%03u", text[i]);
        }
    }
    return (size_t)(to - out);
}

/* Names without escapes are read in words, those with escapes octet by octet. */
static void
names_of_all_lengths_are_the_same_with_escapes(void)
{
    static const uint8_t octets[] = {'a', 'Z', '0', '-', '_', ' ', '/', '[', ']', 0x80, 0xae, 0};
    uint64_t random = 1;
    for (size_t len = 1; len < 260; len++) {
        for (int round = 0; round < 40; round++) {
            uint8_t *text = malloc(len); /* All of it is used, so that sanitizers see more. */
            char escaped[4 * 260 + 1];
            uint8_t name[NM_DNS_NAME_MAX];
            uint8_t same_name[NM_DNS_NAME_MAX];
            size_t name_len = 0;
            size_t same_len = 0;
            CHECK_OR_EXIT(text != NULL);
            for (size_t i = 0; i < len; i++) {
                uint64_t number = check_random(&random) >> 20;
                bool is_dot = number % (round < 20 ? 9 : 30) == 0;
                text[i] = is_dot ? '.' : octets[number % CHECK_COUNT(octets)];
            }
            nm_span escaped_text = nm_span_of(escaped, escape_all(text, len, escaped));
            nm_status status = nm_dns_name_parse(nm_span_of(text, len), name, &name_len);
            CHECK_EQ(status, nm_dns_name_parse(escaped_text, same_name, &same_len));
            CHECK_SPAN(nm_span_of(name, name_len), nm_span_of(same_name, same_len));
            free(text);
        }
    }
}

static void
names_have_255_octets_at_most(void)
{
    char text[400];
    for (int has_dot = 0; has_dot < 2; has_dot++) {
        for (size_t more = 0; more < 6; more++) {
            uint8_t name[NM_DNS_NAME_MAX];
            size_t len = 0;
            size_t text_len = long_text(text, 63, more, has_dot);
            nm_status status = nm_dns_name_parse(nm_span_of(text, text_len), name, &len);
            CHECK_EQ(status, more <= 1 ? NM_OK : NM_E_PARSE);
            CHECK_EQ(len, more == 0 ? 253 : more == 1 ? 255 : 0);
        }
    }
}

static void
long_labels_come_back(void)
{
    char text[300];
    uint8_t name[NM_DNS_NAME_MAX];
    size_t len = 0;
    memset(text, 'x', sizeof text);
    CHECK_EQ(nm_dns_name_parse(nm_span_of(text, 63), name, &len), NM_OK);
    CHECK(nm_dns_name_has_valid_labels(nm_span_of(name, len)));
    CHECK_EQ(nm_dns_name_parse(nm_span_of(text, 64), name, &len), NM_OK);
    CHECK(!nm_dns_name_has_valid_labels(nm_span_of(name, len)));
    CHECK_EQ(nm_dns_name_parse(nm_span_of(text, 253), name, &len), NM_OK);
    CHECK_EQ(len, 255);
    CHECK_EQ(name[0], 253);
    CHECK_EQ(nm_dns_name_parse(nm_span_of(text, 254), name, &len), NM_E_PARSE);
}

static void
compressed_names_are_expanded(void)
{
    static const struct {
        const char *name;
        const char *message;
        size_t offset;
        size_t taken;
        const char *expanded;
    } rows[] = {
        {"root", "00", 0, 1, "<>"},
        {"no pointer", "ff <a.bc> ff", 1, 6, "<a.bc>"},
        {"only a pointer", "<a.bc> c000 ff", 6, 2, "<a.bc>"},
        {"pointer behind labels", "<a.bc> 01'x' c002 ff", 6, 4, "<x.bc>"},
        {"pointer to a pointer", "<a> c000 c003 c005", 7, 2, "<a>"},
        {"pointer to the root", "00 c000", 1, 2, "<>"},
        {"labels, pointer, labels, pointer", "<c> 01'b' c000 01'a' c003", 7, 4, "<a.b.c>"},
        {"malformed: pointer to itself", "c000", 0, 0, ""},
        {"malformed: pointer to its second octet", "c001", 0, 0, ""},
        {"malformed: pointer forward", "c002 00", 0, 0, ""},
        {"malformed: loop through labels", "01'a' c000", 0, 0, ""},
        {"malformed: pointer cut", "00 c0", 1, 0, ""},
        {"malformed: label cut", "03'ab'", 0, 0, ""},
        {"malformed: label without root", "02'ab'", 0, 0, ""},
        {"malformed: bits 01", "40 00", 0, 0, ""},
        {"malformed: bits 10", "80 00", 0, 0, ""},
        {"malformed: nothing there", "00", 1, 0, ""},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        uint8_t name[NM_DNS_NAME_MAX];
        size_t len = 0;
        size_t pointers = 10;
        dns_octets message = dns_octets_of(rows[i].message);
        dns_octets expanded = dns_octets_of(rows[i].expanded);
        CHECK_EQ(
            nm_dns_name_expand(dns_octets_span(&message), rows[i].offset, name, &len, &pointers),
            rows[i].taken);
        CHECK_SPAN(nm_span_of(name, len), dns_octets_span(&expanded));
    }
}

static void
pointers_are_counted(void)
{
    uint8_t name[NM_DNS_NAME_MAX];
    size_t len = 0;
    size_t pointers = 3;
    dns_octets message = dns_octets_of("<a> c000 c003");
    nm_span in = dns_octets_span(&message);
    CHECK_EQ(nm_dns_name_expand(in, 5, name, &len, &pointers), 2);
    CHECK_EQ(pointers, 1);
    CHECK_EQ(nm_dns_name_expand(in, 5, name, &len, &pointers), 0);
    CHECK_EQ(pointers, 0);
    CHECK_EQ(nm_dns_name_expand(in, 0, name, &len, &pointers), 3);
}

/* A label of `tail` octets at the start, and 62 labels of three that point to it. */
static void
expanded_names_have_255_octets_at_most(void)
{
    for (size_t tail = 4; tail < 8; tail++) {
        uint8_t message[300] = {(uint8_t)tail};
        uint8_t name[NM_DNS_NAME_MAX];
        size_t len = 0;
        size_t pointers = 10;
        size_t at = tail + 2;
        for (size_t i = 0; i < 62; i++, at += 4) {
            message[at] = 3;
        }
        message[at] = 0xc0;
        size_t taken =
            nm_dns_name_expand(nm_span_of(message, at + 2), tail + 2, name, &len, &pointers);
        CHECK_EQ(taken, tail <= 5 ? 250 : 0);
        CHECK_EQ(len, tail <= 5 ? 250 + tail : 0);
    }
}

CHECK_MAIN(CHECK_TEST(names_are_formatted), CHECK_TEST(every_octet_is_formatted_in_every_place),
           CHECK_TEST(labels_of_all_lengths_are_formatted), CHECK_TEST(random_names_are_formatted),
           CHECK_TEST(names_of_hosts_stand_for_themselves), CHECK_TEST(the_longest_text_fits),
           CHECK_TEST(formatting_needs_memory), CHECK_TEST(text_is_parsed),
           CHECK_TEST(text_is_refused), CHECK_TEST(names_of_all_lengths_are_the_same_with_escapes),
           CHECK_TEST(names_have_255_octets_at_most), CHECK_TEST(long_labels_come_back),
           CHECK_TEST(compressed_names_are_expanded), CHECK_TEST(pointers_are_counted),
           CHECK_TEST(expanded_names_have_255_octets_at_most))
