/* SPDX-License-Identifier: Apache-2.0 */
#include "text/pres_record.h"

#include "all_kinds.h"
#include "check.h"
#include "message/registry.h"

#define HEADER_BEHIND_TYPE " [00000000] [] [] \n"
#define TIME "[2020-09-13 12:26:40.000000005] "

/* Octets of a message as a C string. */
#define MESSAGE(text) {(const uint8_t *)(text), sizeof(text) - 1}

static nm_payload
header_of(uint32_t vendor, uint32_t type, nm_span data)
{
    return (nm_payload){
        .time_sec = 1600000000, .time_nsec = 5, .vendor = vendor, .type = type, .data = data};
}

static nm_status
write_fields(const nm_payload *header, const nm_fields *fields, const nm_aliases *aliases,
             const char *endline, nm_buffer *out)
{
    nm_buffer scratch;
    nm_buffer_init(&scratch, 1 << 20, out->allocator);
    nm_writer w = nm_writer_begin(out);
    nm_status status = nm_pres_record_write(&w, header, fields, aliases,
                                            nm_span_of(endline, strlen(endline)), &scratch);
    nm_status ended = nm_writer_end(&w);
    CHECK_EQ(status, ended);
    nm_buffer_clear(&scratch);
    return status;
}

static void
check_record(const nm_payload *header, const nm_schema *schema, const nm_aliases *aliases,
             const char *endline, const char *text)
{
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_fields fields = {.schema = schema, .payload = header->data, .slots = slots};
    nm_buffer out;
    nm_buffer_init(&out, 1 << 20, &nm_allocator_heap);
    if (schema != NULL) {
        CHECK_EQ(nm_index_build(schema, header->data, slots, NULL), NM_OK);
    }
    CHECK_EQ(write_fields(header, &fields, aliases, endline, &out), NM_OK);
    CHECK_TEXT(out.data, out.len, text);
    nm_buffer_clear(&out);
}

static void
header_lines(void)
{
    static const struct {
        const char *name;
        nm_payload header;
        const char *text;
    } rows[] = {
        {"nothing but time and type",
         {.time_sec = 1600000000, .vendor = 1, .type = 6},
         "[0] [2020-09-13 12:26:40.000000000] [1:6 base logline] [00000000] [] [] \n\n"},
        {"everything",
         {.time_sec = 253402300799,
          .time_nsec = 999999999,
          .vendor = 1,
          .type = 6,
          .source = 0xa1,
          .operator = 6,
          .group = UINT32_MAX},
         "[0] [9999-12-31 23:59:59.999999999] [1:6 base logline] [000000a1] [6] [4294967295] \n\n"},
        {"more nanoseconds than a second",
         {.time_sec = -1, .time_nsec = UINT32_MAX, .vendor = 2, .type = 2},
         "[0] [1969-12-31 23:59:59.4294967295] [2:2 SIE reputation] [00000000] [] [] \n\n"},
        {"a year of one digit",
         {.time_sec = -62009366400, .vendor = 1, .type = 6},
         "[0] [5-01-01 00:00:00.000000000] [1:6 base logline] [00000000] [] [] \n\n"},
        {"a negative year",
         {.time_sec = -62198755200, .vendor = 1, .type = 6},
         "[0] [-1-01-01 00:00:00.000000000] [1:6 base logline] [00000000] [] [] \n\n"},
        {"the year 0",
         {.time_sec = -62167219200, .vendor = 1, .type = 6},
         "[0] [0-01-01 00:00:00.000000000] [1:6 base logline] [00000000] [] [] \n\n"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const nm_payload *header = &rows[i].header;
        nm_slot slots[NM_SCHEMA_FIELDS_MAX] = {0};
        nm_fields fields = {.schema = nm_registry_find(header->vendor, header->type),
                            .payload = header->data,
                            .slots = slots};
        nm_buffer out;
        nm_buffer_init(&out, 1 << 20, &nm_allocator_heap);
        CHECK_EQ(write_fields(header, &fields, NULL, "\n", &out), NM_OK);
        CHECK_TEXT(out.data, out.len, rows[i].text);
        nm_buffer_clear(&out);
    }
}

static void
unknown_types(void)
{
    static const struct {
        const char *name;
        uint32_t vendor, type;
        const char *text;
    } rows[] = {
        {"of a known vendor", 1, 99,
         "[0] " TIME "[1:99 base (unknown)]" HEADER_BEHIND_TYPE "<UNKNOWN NMSG 1:99>\n\n"},
        {"of a vendor without types", 3, 1,
         "[0] " TIME "[3:1 (unknown) (unknown)]" HEADER_BEHIND_TYPE "<UNKNOWN NMSG 3:1>\n\n"},
        {"of large numbers", UINT32_MAX, 0x80000000,
         "[0] " TIME "[-1:-2147483648 (unknown) (unknown)]" HEADER_BEHIND_TYPE
         "<UNKNOWN NMSG 4294967295:2147483648>\n\n"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        nm_payload header = header_of(rows[i].vendor, rows[i].type, nm_span_of(NULL, 0));
        check_record(&header, NULL, NULL, "\n", rows[i].text);
    }
    CHECK_CASE("without fields");
    nm_payload header = header_of(1, 99, nm_span_of(NULL, 0));
    nm_buffer out;
    nm_buffer_init(&out, 1 << 20, &nm_allocator_heap);
    CHECK_EQ(write_fields(&header, NULL, NULL, "\n", &out), NM_OK);
    CHECK_TEXT(out.data, out.len, rows[0].text);
    nm_buffer_clear(&out);
}

static void
bodies(void)
{
    static const struct {
        const char *name;
        uint32_t vendor, type;
        nm_span data;
        const char *endline;
        const char *body;
    } rows[] = {
        {"fields in the order of the table", 1, 6, MESSAGE("\x12\1m\x0a\1c"), "\n",
         "category: c\nmessage: m\n"},
        {"lines, and text that does not end a line", 1, 2, MESSAGE("\x12\4A: 1\x52\1x"), "\n",
         "headers:\nA: 1.\nbody:\nx.\n"},
        {"empty lines of text", 1, 2, MESSAGE("\x12\2\n\n\x52\0"), "\n",
         "headers:\n\n\n.\nbody:\n.\n"},
        {"repeated", 1, 2, MESSAGE("\x3a\1a\x3a\1b"), "\n", "rcpt: a\nrcpt: b\n"},
        {"another end of lines", 1, 2, MESSAGE("\x12\2a\n\x3a\1b"), "<e>",
         "headers:<e>a\n.<e>rcpt: b<e>"},
        {"no end of lines", 1, 6, MESSAGE("\x12\1m\x0a\1c"), "", "category: cmessage: m"},
        {"names without octets are left out", 1, 7, MESSAGE("\x0a\0\x10\1"), "\n",
         "rrtype: A (1)\n"},
        {"record data without type", 1, 7, MESSAGE("\x2a\2\1\2"), "\n", "rdata: \\# 2 01 02 \n"},
        {"protocols end with a newline", 1, 9,
         MESSAGE("\x08\0\x12\0\x1a\0\x20\x11\x28\0\x30\0\x38\0"), ";",
         "type: UDP_INVALID;query_ip: <INVALID IP len=0>;response_ip: <INVALID IP len=0>;"
         "proto: UDP (17)\nquery_port: 0;response_port: 0;id: 0;"},
        {"what is not shown", 2, 6, MESSAGE("\x0a\1\0\x10\1\x18\1\x22\0\x30\5"), "\n",
         "qname: .\nqclass: IN (1)\nqtype: A (1)\nresponse_ip: <INVALID IP len=0>\n"},
        {"messages", 2, 1, MESSAGE("\x7a\x13" DNS_QUERY), ";",
         "response: [19 octets];"
         ";; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: 4660\n"
         ";; flags: rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n\n"
         ";; QUESTION SECTION:\n;a. IN A\n\n;; ANSWER SECTION:\n\n;; AUTHORITY SECTION:\n\n"
         ";; ADDITIONAL SECTION:\n---;"},
        {"no messages", 2, 1, MESSAGE("\x7a\1x"), "\n", "response: <PARSE ERROR>\n"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        char text[2000];
        const nm_schema *schema = nm_registry_find(rows[i].vendor, rows[i].type);
        nm_payload header = header_of(rows[i].vendor, rows[i].type, rows[i].data);
        (void)snprintf(text, sizeof text, "[%zu] " TIME "[%u:%u %s %s] [00000000] [] [] %s%s\n",
                       rows[i].data.len, header.vendor, header.type,
                       header.vendor == 1 ? "base" : "SIE", schema->name, rows[i].endline,
                       rows[i].body);
        check_record(&header, schema, NULL, rows[i].endline, text);
    }
}

/* IP header and UDP header in front of a payload, and what base:ncap says of them. */
#define IP4(protocol) "\x45\0\0\0\0\0\0\0\x40" protocol "\0\0\1\2\3\4\5\6\7\x08"
#define UDP_TO_53 "\0\x35\0\x09\0\x1b\0\0"
#define UDP_TO_54 "\0\x36\0\x09\0\x1b\0\0"
#define QUERY_TEXT                                                                                 \
    ";; ->>HEADER<<- opcode: QUERY, rcode: NOERROR, id: 4660\n"                                    \
    ";; flags: rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n\n"                           \
    ";; QUESTION SECTION:\n;a. IN A\n\n;; ANSWER SECTION:\n\n;; AUTHORITY SECTION:\n\n"            \
    ";; ADDITIONAL SECTION:\n"

static void
packets(void)
{
    static const struct {
        const char *name;
        nm_span data;
        const char *text; /* Of the payload. */
    } rows[] = {
        {"none", MESSAGE("\x08\0\x12\0"), "payload: <DECODING ERROR>\n"},
        {"no datagram", MESSAGE("\x08\0\x12\x14" IP4("\6")), "payload:\n"},
        {"neither version", MESSAGE("\x08\x09\x12\x14" IP4("\6")), "payload:\n"},
        {"too short for IPv6", MESSAGE("\x08\1\x12\x14" IP4("\6")), "payload:\n"},
        {"DNS", MESSAGE("\x08\0\x12\x2f" IP4("\x11") UDP_TO_53 DNS_QUERY),
         "payload:\n[1.2.3.4].53 [5.6.7.8].9 udp [19]\n" QUERY_TEXT "\n"},
        {"no DNS", MESSAGE("\x08\0\x12\x1d" IP4("\x11") UDP_TO_54 "x"),
         "payload:\n[1.2.3.4].54 [5.6.7.8].9 udp [1]\n\n"},
        {"unparsable DNS", MESSAGE("\x08\0\x12\x1d" IP4("\x11") UDP_TO_53 "x"),
         "payload:\n[1.2.3.4].53 [5.6.7.8].9 udp [1]\n<ERROR: payload parse failed>\n"},
        {"legacy without source", MESSAGE("\x08\2\x12\1x"),
         "payload:\n<ERROR: legacy ncap payload missing srcip field>\n"},
        {"legacy without destination", MESSAGE("\x08\2\x12\1x\x22\4\1\2\3\4"),
         "payload:\n<ERROR: legacy ncap payload missing dstip field>\n"},
        {"legacy without source port", MESSAGE("\x08\2\x12\1x\x22\4\1\2\3\4\x2a\4\5\6\7\x08"),
         "payload:\n<ERROR: legacy ncap payload missing lint0 field>\n"},
        {"legacy without destination port",
         MESSAGE("\x08\2\x12\1x\x22\4\1\2\3\4\x2a\4\5\6\7\x08\x30\1"),
         "payload:\n<ERROR: legacy ncap payload missing lint1 field>\n"},
        {"legacy, TCP", MESSAGE("\x08\2\x18\1\x12\1x\x22\4\1\2\3\4\x2a\4\5\6\7\x08"),
         "payload:\n<ERROR: unhandled legacy ncap type 1>\n"},
        {"legacy, unknown", MESSAGE("\x08\2\x18\x09\x12\1x\x22\4\1\2\3\4\x2a\4\5\6\7\x08"),
         "payload:\n<ERROR: unhandled legacy ncap type 9>\n"},
        {"legacy, odd address, ports of 16 bits",
         MESSAGE("\x08\2\x12\x13" DNS_QUERY "\x22\1\1\x2a\4\5\6\7\x08\x30\xb5\x80\x04\x38\1"),
         "payload:\n[].53 [5.6.7.8].1 udp [19]\n" QUERY_TEXT "\n"},
        {"legacy, unparsable DNS",
         MESSAGE("\x08\2\x12\1x\x22\4\1\2\3\4\x2a\4\5\6\7\x08\x30\1\x38\x35"),
         "payload:\n[1.2.3.4].1 [5.6.7.8].53 udp [1]\n<ERROR: legacy payload parse failed>\n"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        const nm_schema *schema = nm_registry_find(1, 1);
        nm_slot slots[NM_SCHEMA_FIELDS_MAX];
        nm_fields fields = {.schema = schema, .payload = rows[i].data, .slots = slots};
        nm_payload header = header_of(1, 1, rows[i].data);
        nm_buffer out;
        nm_buffer_init(&out, 1 << 20, &nm_allocator_heap);
        CHECK_EQ(nm_index_build(schema, rows[i].data, slots, NULL), NM_OK);
        CHECK_EQ(write_fields(&header, &fields, NULL, "\n", &out), NM_OK);
        size_t len = strlen(rows[i].text) + 1;
        CHECK_OR_EXIT(out.len > len);
        CHECK_TEXT(out.data + out.len - len, len - 1, rows[i].text);
        CHECK_EQ(out.data[out.len - 1], '\n');
        nm_buffer_clear(&out);
    }
}

static void
aliases_stand_for_their_numbers(void)
{
    static const char names[] = "6 lab\n7 gr\n";
    nm_alias_table *table;
    CHECK_OR_EXIT(nm_alias_table_parse(nm_span_of(names, sizeof names - 1), &nm_allocator_heap,
                                       &table, NULL) == NM_OK);
    nm_aliases aliases = {.operators = table, .groups = table};
    nm_payload header = header_of(1, 99, nm_span_of(NULL, 0));
    header.operator = 6;
    header.group = 8;
    check_record(&header, NULL, &aliases, "\n",
                 "[0] " TIME "[1:99 base (unknown)] [00000000] [lab] [8] \n"
                 "<UNKNOWN NMSG 1:99>\n\n");
    nm_alias_table_free(table);
}

static void
every_failure_of_memory_is_told(void)
{
    static const uint8_t data[] = "\x7a\x13" DNS_QUERY;
    const nm_schema *schema = nm_registry_find(2, 1);
    nm_slot slots[NM_SCHEMA_FIELDS_MAX];
    nm_payload header = header_of(2, 1, nm_span_of(data, sizeof data - 1));
    nm_fields fields = {.schema = schema, .payload = header.data, .slots = slots};
    CHECK_EQ(nm_index_build(schema, header.data, slots, NULL), NM_OK);
    for (size_t max = 0; max < 200; max += 7) {
        nm_buffer out;
        nm_buffer_init(&out, max, &nm_allocator_heap);
        CHECK_EQ(write_fields(&header, &fields, NULL, "\n", &out), NM_E_LIMIT);
        CHECK_EQ(out.len, 0);
        nm_buffer_clear(&out);
    }
}

CHECK_MAIN(CHECK_TEST(header_lines), CHECK_TEST(unknown_types), CHECK_TEST(bodies),
           CHECK_TEST(packets), CHECK_TEST(aliases_stand_for_their_numbers),
           CHECK_TEST(every_failure_of_memory_is_told))
