/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "check.h"

static void
encoded(void)
{
    /* The test vectors of RFC 4648 section 10, and octets that need the last two characters. */
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xef\xbe\xff\xff\xff", "++++////"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].out);
        uint8_t back[16];
        nm_buffer out;
        nm_buffer_init(&out, 100, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        nm_base64_encode(&w, nm_span_of(rows[i].in, strlen(rows[i].in)));
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        CHECK_TEXT(out.data, out.len, rows[i].out);
        size_t len = nm_base64_decode(nm_buffer_span(&out), back);
        CHECK_TEXT(back, len, rows[i].in);
        nm_buffer_clear(&out);
    }
}

static void
decoded(void)
{
    static const struct {
        const char *name;
        const char *in;
        const char *out;
    } rows[] = {
        {"nothing", "", ""},
        {"padding may be missing", "Zm8", "fo"},
        {"too much padding", "Zm8=====", "fo"},
        {"white space is skipped", " Z\tm\r\n9 v\n", "foo"},
        {"everything outside the alphabet is skipped", "Z-m_9!v{}\x7f\xff", "foo"},
        {"padding in the middle is skipped", "Zm8=9v", "fo="},
        {"one character gives nothing", "Z", ""},
        {"unfinished octets are dropped", "Zh", "f"},
        {"only what is skipped", "!!!!", ""},
        {"slash and plus", "++++////", "\xfb\xef\xbe\xff\xff\xff"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        uint8_t out[64];
        nm_span text = nm_span_of(rows[i].in, strlen(rows[i].in));
        CHECK(NM_BASE64_DECODED_MAX(text.len) <= sizeof out);
        CHECK_TEXT(out, nm_base64_decode(text, out), rows[i].out);
        memcpy(out, rows[i].in, text.len);
        CHECK_TEXT(out, nm_base64_decode(nm_span_of(out, text.len), out), rows[i].out);
    }
}

/* Groups of four are decoded at once, and whatever is in none of them octet by octet. */
static void
every_octet_in_every_place(void)
{
    static const char plain[] = "QUJDREVGR0hJSktM"; /* ABCDEFGHIJKL */
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t place = 0; place < sizeof plain - 1; place++) {
        for (unsigned octet = 0; octet < 256; octet++) {
            char text[sizeof plain];
            uint8_t out[NM_BASE64_DECODED_MAX(sizeof plain)];
            uint8_t expected[sizeof out];
            size_t expected_len = 0;
            unsigned bits = 0;
            unsigned bit_count = 0;
            memcpy(text, plain, sizeof plain);
            text[place] = (char)octet;
            for (size_t i = 0; i < sizeof plain - 1; i++) {
                const char *digit = text[i] != 0 ? strchr(alphabet, text[i]) : NULL;
                if (digit != NULL) {
                    bits = bits << 6 | (unsigned)(digit - alphabet);
                    bit_count += 6;
                }
                if (digit != NULL && bit_count >= 8) {
                    bit_count -= 8;
                    expected[expected_len++] = (uint8_t)(bits >> bit_count);
                }
            }
            size_t len = nm_base64_decode(nm_span_of(text, sizeof plain - 1), out);
            CHECK_SPAN(nm_span_of(out, len), nm_span_of(expected, expected_len));
        }
    }
}

static void
every_length_comes_back(void)
{
    uint8_t octets[200];
    uint8_t back[NM_BASE64_DECODED_MAX(sizeof octets * 2)];
    uint64_t random = 1;
    for (size_t len = 0; len <= sizeof octets; len++) {
        nm_buffer out;
        nm_buffer_init(&out, 1000, &nm_allocator_heap);
        nm_writer w = nm_writer_begin(&out);
        for (size_t i = 0; i < len; i++) {
            octets[i] = (uint8_t)check_random(&random);
        }
        nm_base64_encode(&w, nm_span_of(octets, len));
        CHECK_EQ(nm_writer_end(&w), NM_OK);
        CHECK_EQ(out.len, (len + 2) / 3 * 4);
        CHECK(len <= NM_BASE64_DECODED_MAX(out.len));
        CHECK_SPAN(nm_span_of(back, nm_base64_decode(nm_buffer_span(&out), back)),
                   nm_span_of(octets, len));
        nm_buffer_clear(&out);
    }
}

static void
too_much_is_a_limit(void)
{
    nm_buffer out;
    nm_buffer_init(&out, 100, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&out);
    nm_base64_encode(&w, nm_span_of("", SIZE_MAX / 2 + SIZE_MAX / 3));
    CHECK_EQ(nm_writer_end(&w), NM_E_LIMIT);
    nm_buffer_clear(&out);
}

CHECK_MAIN(CHECK_TEST(encoded), CHECK_TEST(decoded), CHECK_TEST(every_octet_in_every_place),
           CHECK_TEST(every_length_comes_back), CHECK_TEST(too_much_is_a_limit))
