/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "failing_allocator.h"
#include "message/index.h"
#include "message/registry.h"
#include "octets.h"
#include "text/json_record.h"

enum { VENDOR_BASE = 1, VENDOR_SIE = 2, OUT_MAX = 1 << 20 };

/* Octets of a payload, without the NUL that ends the constant. */
#define OCTETS(text) text, sizeof(text) - 1

static nm_status
write_record(const nm_payload *header, const nm_aliases *aliases, nm_buffer *out)
{
    const nm_schema *schema = nm_registry_find(header->vendor, header->type);
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_buffer scratch;
    CHECK_OR_EXIT(schema != NULL);
    CHECK_OR_EXIT(nm_index_build(schema, header->data, slots, NULL) == NM_OK);
    nm_fields fields = {.schema = schema, .payload = header->data, .slots = slots};
    nm_buffer_init(&scratch, OUT_MAX, out->allocator);
    nm_writer w = nm_writer_begin(out);
    nm_status status = nm_json_record_write(&w, header, &fields, aliases, &scratch);
    CHECK_EQ(nm_writer_end(&w), status);
    nm_buffer_clear(&scratch);
    return status;
}

static void
check_record(const nm_payload *header, const nm_aliases *aliases, const char *json)
{
    nm_buffer out;
    nm_buffer_init(&out, OUT_MAX, &nm_allocator_heap);
    CHECK_EQ(write_record(header, aliases, &out), NM_OK);
    CHECK_TEXT(out.data, out.len, json);
    nm_buffer_clear(&out);
}

static void
messages(void)
{
    static const struct {
        const char *name;
        uint32_t vendor;
        uint32_t type;
        const char *payload;
        size_t len;
        const char *json; /* Behind the header. */
    } rows[] = {
        {"no fields", VENDOR_BASE, 6, OCTETS(""), "{}"},
        {"one field", VENDOR_BASE, 6, OCTETS("\x0a\1x"), "{\"category\":\"x\"}"},
        {"the order is that of the table", VENDOR_BASE, 6, OCTETS("\x12\1y\x0a\1x"),
         "{\"category\":\"x\",\"message\":\"y\"}"},
        {"the last of a singular field counts", VENDOR_BASE, 6, OCTETS("\x0a\1x\x0a\1z"),
         "{\"category\":\"z\"}"},
        {"unknown fields are left out", VENDOR_BASE, 6, OCTETS("\x0a\1x\xa2\6\1y"),
         "{\"category\":\"x\"}"},
        {"repeated fields are always there", VENDOR_BASE, 2, OCTETS("\x40\1"),
         "{\"type\":\"spamtrap\",\"rcpt\":[],\"bodyurl\":[]}"},
        {"values of repeated fields", VENDOR_BASE, 2, OCTETS("\x3a\1x\x3a\0\x3a\1y\x4a\1z"),
         "{\"rcpt\":[\"x\",\"\",\"y\"],\"bodyurl\":[\"z\"]}"},
        {"stored values, where others are shown to programs", VENDOR_BASE, 1,
         OCTETS("\x08\2\x18\0\x12\1q\x22\4\1\2\3\4"),
         "{\"type\":\"Legacy\",\"ltype\":\"UDP\",\"srcip\":\"1.2.3.4\",\"proto\":17,"
         "\"payload\":\"cQ==\"}"},
        {"computed values", VENDOR_BASE, 14,
         OCTETS("\x08\1\x12\4\1\2\3\4\x1a\1\0\x20\1\x28\1\x30\0\x3a\1?"),
         "{\"time\":1,\"response_ip\":\"1.2.3.4\",\"qname\":\".\",\"qtype\":\"A\",\"qclass\":"
         "\"IN\",\"rcode\":\"NOERROR\",\"response\":\"Pw==\",\"response_json\":null}"},
        {"an encoded payload", VENDOR_BASE, 11, OCTETS("\x08\1\x12\2{}"),
         "{\"type\":\"JSON\",\"payload\":{\"val\":{},\"b64\":\"e30=\"}}"},
        {"record data", VENDOR_SIE, 1,
         OCTETS("\x0a\3\1a\0\x10\1\x18\1\x2a\4\1\2\3\4\x2a\4\5\6\7\x08"),
         "{\"rrname\":\"a.\",\"rrclass\":\"IN\",\"rrtype\":\"A\","
         "\"rdata\":[\"1.2.3.4\",\"5.6.7.8\"]}"},
        {"record data of unknown type", VENDOR_SIE, 1, OCTETS("\x10\1\x2a\1\1"),
         "{\"rrtype\":\"A\",\"rdata\":[\"\\\\# 1 01 \"]}"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const nm_schema *schema = nm_registry_find(rows[i].vendor, rows[i].type);
        nm_payload header = {.vendor = rows[i].vendor,
                             .type = rows[i].type,
                             .data = nm_span_of(rows[i].payload, rows[i].len)};
        char json[1000];
        int len = snprintf(json, sizeof json,
                           "{\"time\":\"1970-01-01 00:00:00.000000000\",\"vname\":\"%s\",\"mname\":"
                           "\"%s\",\"message\":%s}",
                           nm_registry_vendor_name(rows[i].vendor), schema->name, rows[i].json);
        CHECK(len > 0 && (size_t)len < sizeof json);
        check_record(&header, NULL, json);
    }
}

static void
headers(void)
{
    static const struct {
        const char *name;
        nm_payload header;
        const char *json;
    } rows[] = {
        {"all there is",
         {.time_sec = 1600000000,
          .time_nsec = 123456789,
          .source = 0xa1,
          .operator = 6,
          .group = UINT32_MAX},
         "{\"time\":\"2020-09-13 12:26:40.123456789\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"source\":\"000000a1\",\"operator\":6,\"group\":4294967295,\"message\":{}}"},
        {"zeros that are stored",
         {.has = NM_HAS_SOURCE | NM_HAS_OPERATOR | NM_HAS_GROUP},
         "{\"time\":\"1970-01-01 00:00:00.000000000\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"message\":{}}"},
        {"nanoseconds modulo 10^9",
         {.time_nsec = UINT32_MAX, .source = UINT32_MAX},
         "{\"time\":\"1970-01-01 00:00:00.294967295\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"source\":\"ffffffff\",\"message\":{}}"},
        {"a year of five digits",
         {.time_sec = 253402300800},
         "{\"time\":\"0000-01-01 00:00:00.000000000\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"message\":{}}"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_payload header = rows[i].header;
        header.vendor = VENDOR_BASE;
        header.type = 6;
        check_record(&header, NULL, rows[i].json);
    }
}

static void
aliases_replace_numbers(void)
{
    static const char operators[] = "6 six\n7 q\"\xff\n";
    static const char groups[] = "6 group-six\n";
    nm_alias_table *operator_table;
    nm_alias_table *group_table;
    CHECK_OR_EXIT(nm_alias_table_parse(nm_span_of(operators, sizeof operators - 1),
                                       &nm_allocator_heap, &operator_table, NULL) == NM_OK);
    CHECK_OR_EXIT(nm_alias_table_parse(nm_span_of(groups, sizeof groups - 1), &nm_allocator_heap,
                                       &group_table, NULL) == NM_OK);
    nm_aliases aliases = {.operators = operator_table, .groups = group_table};
    nm_payload header = {.vendor = VENDOR_BASE, .type = 6, .operator = 6, .group = 6};
    check_record(&header, &aliases,
                 "{\"time\":\"1970-01-01 00:00:00.000000000\",\"vname\":\"base\",\"mname\":"
                 "\"logline\",\"operator\":\"six\",\"group\":\"group-six\",\"message\":{}}");
    header.operator = 7;
    header.group = 7;
    check_record(&header, &aliases,
                 "{\"time\":\"1970-01-01 00:00:00.000000000\",\"vname\":\"base\",\"mname\":"
                 "\"logline\",\"operator\":\"q\\\"\xef\xbf\xbd\",\"group\":7,\"message\":{}}");
    aliases.groups = NULL;
    aliases.operators = NULL;
    check_record(&header, &aliases,
                 "{\"time\":\"1970-01-01 00:00:00.000000000\",\"vname\":\"base\",\"mname\":"
                 "\"logline\",\"operator\":7,\"group\":7,\"message\":{}}");
    nm_alias_table_free(operator_table);
    nm_alias_table_free(group_table);
}

/* A transaction whose response comes in two pieces, so that computing it takes memory. */
static void
write_with(failing_allocator *memory)
{
    static const char payload[] =
        "\x08\1\x12\4\1\2\3\4\x1a\4\5\6\7\x08\x20\x11\x28\x35\x30\x35\x38\1";
    nm_payload header = {
        .vendor = VENDOR_BASE, .type = 9, .data = nm_span_of(payload, sizeof payload - 1)};
    nm_buffer out;
    nm_buffer_init(&out, OUT_MAX, &memory->allocator);
    nm_status status = write_record(&header, NULL, &out);
    CHECK_EQ(status, memory->has_failed ? NM_E_NOMEM : NM_OK);
    nm_buffer_clear(&out);
}

static void
no_memory_is_told(void)
{
    sweep_result result = failing_allocator_sweep(write_with, 1000);
    CHECK(result.is_complete);
    CHECK(result.failures > 2);
    CHECK_EQ(result.leaks, 0);
}

static void
a_full_buffer_is_a_limit(void)
{
    nm_payload header = {.vendor = VENDOR_BASE, .type = 2, .source = 1, .operator = 1};
    /* The record has 139 octets. */
    for (size_t max = 0; max < 139; max++) {
        nm_buffer out;
        nm_buffer_init(&out, max, &nm_allocator_heap);
        CHECK_EQ(write_record(&header, NULL, &out), NM_E_LIMIT);
        CHECK_EQ(out.len, 0);
        nm_buffer_clear(&out);
    }
}

CHECK_MAIN(CHECK_TEST(messages), CHECK_TEST(headers), CHECK_TEST(aliases_replace_numbers),
           CHECK_TEST(no_memory_is_told), CHECK_TEST(a_full_buffer_is_a_limit))
