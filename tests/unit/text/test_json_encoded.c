/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json_encoded.h"

#include "all_kinds.h"
#include "check.h"

/* Check what a payload becomes in a message of the type `encoding`. */
static void
check_encoded(uint8_t encoding, const char *payload, size_t len, const char *json)
{
    const uint8_t message[] = {8, encoding};
    nm_slot slots[ROWS];
    nm_fields fields = all_kinds_index(nm_span_of(message, sizeof message), slots);
    nm_buffer out;
    nm_buffer_init(&out, 10000, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&out);
    nm_json_encoded_write(&w, &fields, nm_span_of(payload, len));
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_TEXT(out.data, out.len, json);
    nm_buffer_clear(&out);
}

#define IN(octets) octets, sizeof(octets) - 1

static void
payloads(void)
{
    static const struct {
        const char *name;
        uint8_t encoding;
        const char *in;
        size_t len;
        const char *json;
    } rows[] = {
        {"text", 0, IN("hi"), "{\"val\":\"hi\",\"b64\":\"aGk=\"}"},
        {"no text", 0, IN(""), "{\"val\":\"\",\"b64\":\"\"}"},
        {"text with NUL and escapes", 0, IN("a\0\n"), "{\"val\":\"a\\u0000\\n\",\"b64\":\"YQAK\"}"},
        {"text that is no UTF-8", 0, IN("\xff"), "{\"val\":\"\xef\xbf\xbd\",\"b64\":\"/w==\"}"},
        {"YAML", 2, IN("a: 1\n"), "{\"val\":\"a: 1\\n\",\"b64\":\"YTogMQo=\"}"},
        {"XML", 4, IN("<a/>"), "{\"val\":\"<a/>\",\"b64\":\"PGEvPg==\"}"},
        {"an unknown encoding", 99, IN("x"), "{\"val\":\"x\",\"b64\":\"eA==\"}"},
        {"MSGPACK", 3, IN("\x81\xa1"), "{\"b64\":\"gaE=\"}"},
        {"JSON", 1, IN("{\"a\":[1]}"), "{\"val\":{\"a\":[1]},\"b64\":\"eyJhIjpbMV19\"}"},
        {"a JSON string", 1, IN("\"x\""), "{\"val\":\"x\",\"b64\":\"Ingi\"}"},
        {"JSON with white space around", 1, IN(" [] "), "{\"val\": [] ,\"b64\":\"IFtdIA==\"}"},
        {"JSON of several lines", 1, IN("[\r\n1]\n"), "{\"val\":[  1] ,\"b64\":\"Ww0KMV0K\"}"},
        {"JSON that is no UTF-8", 1, IN("\"\xff\""), "{\"val\":\"\xef\xbf\xbd\",\"b64\":\"Iv8i\"}"},
        {"a number at the end", 1, IN("123"), "{\"b64\":\"MTIz\"}"},
        {"a number with something behind it", 1, IN("123 "), "{\"val\":123 ,\"b64\":\"MTIzIA==\"}"},
        {"null", 1, IN("null"), "{\"b64\":\"bnVsbA==\"}"},
        {"null in white space", 1, IN("\nnull "), "{\"b64\":\"Cm51bGwg\"}"},
        {"true at the end", 1, IN("true"), "{\"val\":true,\"b64\":\"dHJ1ZQ==\"}"},
        {"no JSON", 1, IN("{"), "{\"b64\":\"ew==\"}"},
        {"no JSON at all", 1, IN(""), "{\"b64\":\"\"}"},
        {"JSON and more", 1, IN("{}x"), "{\"b64\":\"e314\"}"},
        {"JSON and a NUL", 1, IN("{}\0"), "{\"b64\":\"e30A\"}"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        check_encoded(rows[i].encoding, rows[i].in, rows[i].len, rows[i].json);
    }
}

static void
depth_is_limited(void)
{
    static const char deep[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
    static const char deeper[] =
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
    check_encoded(1, deep, sizeof deep - 1,
                  "{\"val\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]],"
                  "\"b64\":\"W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tdXV1dXV1dXV1dXV1dXV1dXV1d"
                  "XV1dXV1dXV1dXV1dXQ==\"}");
    check_encoded(1, deeper, sizeof deeper - 1,
                  "{\"b64\":\"W1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbXV1dXV1dXV1dXV1dXV1dXV1d"
                  "XV1dXV1dXV1dXV1dXV1d\"}");
}

CHECK_MAIN(CHECK_TEST(payloads), CHECK_TEST(depth_is_limited))
