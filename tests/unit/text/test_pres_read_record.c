/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "failing_allocator.h"
#include "message/message.h"
#include "message/registry.h"
#include "text/json_record.h"
#include "text/pres_record.h"

/* A header line of a type. */
#define HEADER(type) "[9] [2020-09-13 12:26:40.000000005] [" type "] [00000000] [] [] \n"
#define LOGLINE HEADER("1:6 base logline")
#define EMAIL HEADER("1:2 base email")
#define DNSQR HEADER("1:9 base dnsqr")

/* What a reader made of a text: the JSON of each message, or the sentence of an error. */
typedef struct outcome {
    nm_buffer text;
    bool is_whole; /* Headers, too; else only what stands in "message". */
} outcome;

static void
tell_message(outcome *o, const nm_payload *payload)
{
    nm_message message = {.schema = NULL};
    nm_buffer scratch;
    nm_buffer_init(&scratch, 1 << 20, &nm_allocator_heap);
    CHECK_OR_EXIT(nm_message_decode(&message, payload, NULL) == NM_OK);
    nm_fields fields = nm_message_fields(&message);
    nm_buffer json;
    nm_buffer_init(&json, 1 << 20, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&json);
    CHECK_EQ(nm_json_record_write(&w, payload, &fields, NULL, &scratch), NM_OK);
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    nm_span shown = nm_buffer_span(&json);
    static const char before[] = "\"message\":";
    for (size_t i = 0; !o->is_whole && i + sizeof before < json.len; i++) {
        if (memcmp(json.data + i, before, sizeof before - 1) == 0) {
            size_t start = i + sizeof before - 1;
            shown = nm_span_of(json.data + start, json.len - 1 - start);
            break;
        }
    }
    CHECK_EQ(nm_buffer_append(&o->text, shown), NM_OK);
    nm_buffer_clear(&json);
    nm_buffer_clear(&scratch);
}

/* Read what is there. @return the status that is no message. */
static void
drain(nm_pres_reader *reader, outcome *o, nm_status last)
{
    for (;;) {
        nm_buffer data;
        nm_payload payload;
        nm_error err = {.code = NM_OK};
        nm_buffer_init(&data, 1 << 20, &nm_allocator_heap);
        nm_status status = nm_pres_reader_next(reader, 1700000000, 7, &data, &payload, &err);
        if (status == NM_OK) {
            tell_message(o, &payload);
        } else if (status != last) {
            CHECK_EQ(err.code, status);
            CHECK_EQ(nm_buffer_append(&o->text, nm_span_of(err.message, strlen(err.message))),
                     NM_OK);
        }
        nm_buffer_clear(&data);
        if (status == last) {
            return;
        }
        CHECK_EQ(nm_buffer_append(&o->text, nm_span_of("\n", 1)), NM_OK);
    }
}

/* Feed a text line by line, an unfinished last one, too. */
static void
read_text(const nm_pres_options *options, nm_span text, outcome *o)
{
    nm_pres_reader *reader;
    uint64_t number = 0;
    CHECK_OR_EXIT(nm_pres_reader_new(options, &nm_allocator_heap, &reader) == NM_OK);
    for (size_t at = 0; at < text.len;) {
        const uint8_t *line = text.data + at;
        const uint8_t *end = memchr(line, '\n', text.len - at);
        size_t len = end != NULL ? (size_t)(end - line) : text.len - at;
        nm_pres_reader_feed(reader, nm_span_of(line, len), ++number, at);
        drain(reader, o, NM_AGAIN);
        at += len + 1;
    }
    nm_pres_reader_finish(reader);
    drain(reader, o, NM_END);
    nm_pres_reader_free(reader);
}

static void
check_text(const nm_pres_options *options, const char *text, bool is_whole, const char *wanted)
{
    outcome o = {.is_whole = is_whole};
    nm_buffer_init(&o.text, 1 << 20, &nm_allocator_heap);
    read_text(options, nm_span_of(text, strlen(text)), &o);
    CHECK_TEXT(o.text.data, o.text.len, wanted);
    nm_buffer_clear(&o.text);
}

typedef struct text_row {
    const char *name;
    const char *text;
    const char *wanted;
} text_row;

static void
check_rows(const text_row *rows, size_t count, const nm_schema *schema, const char *endline,
           bool is_whole)
{
    nm_pres_options options = {
        .schema = schema,
        .endline = nm_span_of(endline, strlen(endline)),
        .record_max = 1 << 20,
    };
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].name);
        check_text(&options, rows[i].text, is_whole, rows[i].wanted);
    }
}

static void
headers(void)
{
    static const text_row rows[] = {
        {"all of it",
         "[8] [2020-09-13 12:26:40.123456789] [1:6 base logline] [000000a1] [6] [7] \n"
         "category: c\n\n",
         "{\"time\":\"2020-09-13 12:26:40.123456789\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"source\":\"000000a1\",\"operator\":\"lab\",\"group\":7,"
         "\"message\":{\"category\":\"c\"}}\n"},
        {"names of aliases, and one that nobody knows",
         "[8] [2020-09-13 12:26:40.000000001] [1:6 base logline] [00000000] [LAB] [x] \n\n",
         "{\"time\":\"2020-09-13 12:26:40.000000001\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"operator\":\"lab\",\"message\":{}}\n"},
        {"without the last blank",
         "[8] [2020-09-13 12:26:40.000000001] [1:6 base logline] [00000000] [] []\n\n",
         "{\"time\":\"2020-09-13 12:26:40.000000001\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"message\":{}}\n"},
        {"a year of one digit",
         "[8] [5-09-13 12:26:40.000000001] [1:6 base logline] [00000000] [] [] \n\n",
         "{\"time\":\"0005-09-13 12:26:40.000000001\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"message\":{}}\n"},
        {"unknown type", HEADER("1:99 base (unknown)") "<UNKNOWN NMSG 1:99>\n\n",
         "line 1, column 1: expected a known message type, "
         "found [9] [2020-09-13 12:26:40.000000005] [1:9...\n"},
        {"unknown type of large numbers", HEADER("-1:-2 (unknown) (unknown)") "x\n\n",
         "line 1, column 1: expected a known message type, "
         "found [9] [2020-09-13 12:26:40.000000005] [-1:...\n"},
        {"none", "category: c\n\n",
         "line 1, column 1: expected a header line, found category: c\n"},
        {"empty lines only", "\n\n\n", ""},
    };
    static const char names[] = "6 lab\n";
    nm_alias_table *table;
    CHECK_OR_EXIT(nm_alias_table_parse(nm_span_of(names, sizeof names - 1), &nm_allocator_heap,
                                       &table, NULL) == NM_OK);
    nm_aliases aliases = {.operators = table, .groups = NULL};
    nm_pres_options options = {.aliases = &aliases, .record_max = 1 << 20};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        outcome o = {.is_whole = true};
        nm_buffer_init(&o.text, 1 << 20, &nm_allocator_heap);
        read_text(&options, nm_span_of(rows[i].text, strlen(rows[i].text)), &o);
        /* JSON is written without aliases. */
        const char *lab = strstr(rows[i].wanted, "\"lab\"");
        size_t before = lab != NULL ? (size_t)(lab - rows[i].wanted) : 0;
        char wanted[1000];
        (void)snprintf(wanted, sizeof wanted, "%.*s%s%s", (int)before, rows[i].wanted,
                       lab != NULL ? "6" : "", rows[i].wanted + before + (lab != NULL ? 5 : 0));
        CHECK_TEXT(o.text.data, o.text.len, wanted);
        nm_buffer_clear(&o.text);
    }
    nm_alias_table_free(table);
}

static void
lines_that_are_no_headers(void)
{
    static const char *const rows[] = {
        "[x] [2020-09-13 12:26:40.000000005] [1:6 base logline] [00000000] [] [] ",
        "[9] [2020-09-13 12:26:40] [1:6 base logline] [00000000] [] [] ",
        "[9] [2020-09-13 12:26.000000005] [1:6 base logline] [00000000] [] [] ",
        "[9] [22020-09-13 12:26:40.000000005] [1:6 base logline] [00000000] [] [] ",
        "[9] [2020-09-31 12:26:40.000000005] [1:6 base logline] [00000000] [] [] ",
        "[9] [2020-09-13 12:26:40.4294967296] [1:6 base logline] [00000000] [] [] ",
        "[9] [2020-09-13 12:26:40.000000005] [6 base logline] [00000000] [] [] ",
        "[9] [2020-09-13 12:26:40.000000005] [1:6x base logline] [00000000] [] [] ",
        "[9] [2020-09-13 12:26:40.000000005] [1:4294967296 base logline] [00000000] [] [] ",
        "[9] [2020-09-13 12:26:40.000000005] [1:6 base logline] [g] [] [] ",
        "[9] [2020-09-13 12:26:40.000000005] [1:6 base logline] [00000000] [] ",
        "[9] [2020-09-13 12:26:40.000000005] [1:6 base logline] [00000000] [] [ ",
        "[9] [2020-09-13 12:26:40.000000005] [1:6 base logline] [00000000] [] [] x",
        "[9] [2020-09-13 12:26:40.000000005] x",
        "[",
    };
    nm_pres_options options = {.record_max = 1 << 20, .schema = nm_registry_find(1, 6)};
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        char text[200];
        char wanted[200];
        bool is_long = strlen(rows[i]) > 40;
        CHECK_CASE(rows[i]);
        (void)snprintf(text, sizeof text, "%s\nmessage: x\n\nmessage: y\n", rows[i]);
        (void)snprintf(wanted, sizeof wanted,
                       "line 1, column 1: expected a header line, found %.40s%s\n"
                       "{\"message\":\"y\"}\n",
                       rows[i], is_long ? "..." : "");
        check_text(&options, text, /* is_whole= */ false, wanted);
    }
}

static void
records_without_headers(void)
{
    static const text_row rows[] = {
        {"an empty line ends a message, also an empty one", "message: x\n\n\nmessage: y\n\n",
         "{\"message\":\"x\"}\n{}\n{\"message\":\"y\"}\n"},
        {"the last one needs none", "message: x", "{\"message\":\"x\"}\n"},
        {"the last value counts", "message: x\nmessage: y\n\n", "{\"message\":\"y\"}\n"},
        {"blanks in front of values", "message:   x y \ncategory:c\n\n",
         "{\"category\":\"c\",\"message\":\"x y \"}\n"},
        {"nothing at all", "", ""},
        {"no value", "message:\n\nmessage: y\n\n",
         "line 1, column 9: expected message to be text, found nothing\n{\"message\":\"y\"}\n"},
        {"a blank for a value", "message: \n",
         "line 1, column 10: expected message to be text, "
         "found nothing\n"},
        {"unknown field", "message: x\nmess: y\nmessage: z\n\nmessage: y\n",
         "line 2, column 1: expected a field of logline, found mess: y\n{\"message\":\"y\"}\n"},
        {"no field", "message\n\n",
         "line 1, column 1: expected a field of logline, found message\n"},
        {"one error for each record", "x\ny\n\nz\n\n",
         "line 1, column 1: expected a field of logline, found x\n"
         "line 4, column 1: expected a field of logline, found z\n"},
        {"behind a header none of them is empty", LOGLINE "\n\n\nmessage: y\n\n\n",
         "{}\n{\"message\":\"y\"}\n"},
    };
    check_rows(rows, CHECK_COUNT(rows), nm_registry_find(1, 6), "\n", false);
    static const text_row timed[] = {
        {"time of reading", "message: x\n",
         "{\"time\":\"2023-11-14 22:13:20.000000007\",\"vname\":\"base\",\"mname\":\"logline\","
         "\"message\":{\"message\":\"x\"}}\n"},
    };
    check_rows(timed, CHECK_COUNT(timed), nm_registry_find(1, 6), "\n", true);
}

static void
values_of_a_record(void)
{
    static const text_row rows[] = {
        {"text keeps all its blanks but one", LOGLINE "message:  x \ncategory: \n\n",
         "{\"category\":\"\",\"message\":\" x \"}\n"},
        {"values that others replace have to be right, too",
         HEADER("1:5 base ipconn") "proto: x\nproto: 5\n\n",
         "line 2, column 8: expected proto to be an integer from 0 to 65535, found x\n"},
        {"required ones that are missing are zero", HEADER("2:4 SIE delay") "\n",
         "{\"query_ip\":null,\"response_ip\":null,\"delay\":0.0,\"response_time_sec\":0}\n"},
        {"record data before its type",
         HEADER("1:7 base dns") "rdata: 192.0.2.1\nrdata: 192.0.2.2\nrrtype: A (1)\n"
                                "rrclass: IN (1)\n\n",
         "{\"rrclass\":\"IN\",\"rrtype\":\"A\",\"rdata\":[\"192.0.2.1\",\"192.0.2.2\"]}\n"},
        {"record data without class", HEADER("1:7 base dns") "rrtype: A (1)\nrdata: \\# 1 05 \n\n",
         "{\"rrtype\":\"A\",\"rdata\":[\"\\\\# 1 05 \"]}\n"},
        {"record data that is none",
         HEADER("1:7 base dns") "rrtype: A (1)\nrrclass: IN (1)\nrdata: 1.2.3\n\n",
         "line 4, column 8: expected rdata to be record data of its type (record data: expected "
         "an IPv4 address), found 1.2.3\n"},
        {"octets that are not there", HEADER("1:8 base pkt") "payload: <BYTE ARRAY LEN=60>\n\n",
         "line 2, column 10: expected payload to be absent or empty (its octets do not stand in "
         "the text), found <BYTE ARRAY LEN=60>\n"},
        {"computed fields are skipped",
         DNSQR "type: TCP\nproto: UDP (17)\ndelay: 0.5\nquery: [9 octets]\n;; x\n\n;; y\n---\n"
               "response: <PARSE ERROR>\nid: 7\n\n" LOGLINE "\n",
         "{\"type\":\"TCP\",\"query_ip\":null,\"response_ip\":null,\"proto\":\"UDP\","
         "\"query_port\":0,\"response_port\":0,\"id\":7,\"query_packet\":[],\"query_time_sec\":[],"
         "\"query_time_nsec\":[],\"response_packet\":[],\"response_time_sec\":[],"
         "\"response_time_nsec\":[]}\n{}\n"},
        {"stored messages are not",
         HEADER("2:1 SIE dnsdedupe") "response: [9 octets]\n;; x\n\n"
                                     "\n;; y\n---\ncount: 1\n\n" LOGLINE "\n",
         "line 2, column 11: expected response to be absent or empty (its octets do not stand in "
         "the text), found [9 octets]\n{}\n"},
        {"a message that cannot be parsed",
         HEADER("2:1 SIE dnsdedupe") "response: <PARSE ERROR>\n\n",
         "line 2, column 11: expected response to be absent or empty (its octets do not stand in "
         "the text), found <PARSE ERROR>\n"},
        {"a message without end", DNSQR "query: [9 octets]\n;; x\n\n" LOGLINE "\n",
         "line 2, column 1: expected query to be ended by a line of \"---\", found the end\n{}\n"},
    };
    check_rows(rows, CHECK_COUNT(rows), NULL, "\n", false);
}

static void
texts_of_several_lines(void)
{
    static const text_row rows[] = {
        {"ended by a point", EMAIL "headers:\nA: 1\n\nB\n.\nbody:\n.\nsrchost: h\n\n",
         "{\"headers\":\"A: 1\\n\\nB\\n\",\"srchost\":\"h\",\"rcpt\":[],\"bodyurl\":[],"
         "\"body\":\"\"}\n"},
        {"the last of a record, no newline at its end", EMAIL "body:\na\nb.\n\n" LOGLINE "\n",
         "{\"rcpt\":[],\"bodyurl\":[],\"body\":\"a\\nb\"}\n{}\n"},
        {"the same at the end of input", EMAIL "body:\na.\n",
         "{\"rcpt\":[],\"bodyurl\":[],\"body\":\"a\"}\n"},
        {"the same, an empty line", EMAIL "body:\n.\n.\n\n",
         "line 4, column 1: expected a field of email, found .\n"},
        {"two without newline cannot be told apart",
         EMAIL "headers:\na.\nbody:\nb.\n\n" LOGLINE "\n",
         "line 2, column 1: expected headers to be lines of text, ended by a line of \".\", found "
         "a.?body:?b.??\n{}\n"},
        {"nor one without and one with", EMAIL "headers:\na.\nbody:\nb\n.\n\n" LOGLINE "\n",
         "line 2, column 1: expected headers to be lines of text, ended by a line of \".\", found "
         "more than one end\n{}\n"},
        {"a point and no field behind it", EMAIL "headers:\na.\nfoo: b.\nc\n.\n\n",
         "{\"headers\":\"a.\\nfoo: b.\\nc\\n\",\"rcpt\":[],\"bodyurl\":[]}\n"},
        {"no end", EMAIL "body:\na\n\n" LOGLINE "\n",
         "line 2, column 1: expected body to be lines of text, ended by a line of \".\", found "
         "a??\n{}\n"},
        {"a header line in a text", EMAIL "body:\n" LOGLINE ".\n\n",
         "{\"rcpt\":[],\"bodyurl\":[],\"body\":\"[9] [2020-09-13 12:26:40.000000005] "
         "[1:6 base logline] [00000000] [] [] \\n\"}\n"},
        {"text on the same line", EMAIL "body: x\n\n" LOGLINE "\n",
         "line 2, column 7: expected body to be lines of text, ended by a line of \".\", found x\n"
         "{}\n"},
        {"a wrong record is read to its end all the same",
         EMAIL "type: x\nfoo\nbody:\na\n\nmessage: m\n.\nfoo\n\n" LOGLINE "\n",
         "line 3, column 1: expected a field of email, found foo\n{}\n"},
        {"a wrong record, its text has no end", EMAIL "foo\nbody:\na\n" LOGLINE "\n",
         "line 2, column 1: expected a field of email, found foo\n{}\n"},
    };
    check_rows(rows, CHECK_COUNT(rows), NULL, "\n", false);
}

static void
packets(void)
{
#define NCAP HEADER("1:1 base ncap") "type: IPV4\n"
#define NO_PACKET                                                                                  \
    "line 3, column 1: expected payload to be absent or empty (its octets do not stand in the "    \
    "text), found a packet\n"
    static const text_row rows[] = {
        {"none", NCAP "payload: <DECODING ERROR>\n\n", "{\"type\":\"IPV4\",\"payload\":null}\n"},
        {"DNS", NCAP "payload:\n[x].1 [y].2 udp [3]\n;; x\n\n;; y\n\n\n" LOGLINE "\n",
         NO_PACKET "{}\n"},
        {"no DNS", NCAP "payload:\n[x].1 [y].2 udp [3]\n\n\nx\n\n" LOGLINE "\n",
         NO_PACKET "line 7, column 1: expected a header line, found x\n{}\n"},
        {"unparsable", NCAP "payload:\n[x].1 [y].2 udp [3]\n<ERROR: x>\n\nx\n\n" LOGLINE "\n",
         NO_PACKET "line 7, column 1: expected a header line, found x\n{}\n"},
        {"no datagram", NCAP "payload:\n\nx\n\n" LOGLINE "\n",
         NO_PACKET "line 5, column 1: expected a header line, found x\n{}\n"},
        {"cut by a header", NCAP "payload:\n[x].1\n" LOGLINE "\n", NO_PACKET "{}\n"},
        {"cut by the end", NCAP "payload:\n[x].1\n", NO_PACKET},
    };
    check_rows(rows, CHECK_COUNT(rows), NULL, "\n", false);
}

static void
records_that_are_cut(void)
{
    static const text_row rows[] = {
        {"no empty line before a header", LOGLINE "message: x\n" LOGLINE "message: y",
         "{\"message\":\"x\"}\n{\"message\":\"y\"}\n"},
        {"a header only", LOGLINE, "{}\n"},
        {"a wrong record before a header", LOGLINE "x\n" LOGLINE "\n",
         "line 2, column 1: expected a field of logline, found x\n{}\n"},
    };
    check_rows(rows, CHECK_COUNT(rows), NULL, "\n", false);
}

static void
other_ends_of_lines(void)
{
#define IPCONN(end) "[9] [2020-09-13 12:26:40.000000005] [1:5 base ipconn] [00000000] [] [] " end
    static const text_row semicolons[] = {
        {"all on one line", IPCONN(";") "proto: 5;srcport: 7;\n" IPCONN(";") "\n",
         "{\"proto\":5,\"srcport\":7}\n{}\n"},
        {"a newline in a value",
         "[9] [2020-09-13 12:26:40.000000005] [1:6 base logline] [00000000] [] [] ;message: "
         "a\nb;\n",
         "{\"message\":\"a\\nb\"}\n"},
        {"a protocol ends with a newline",
         "[9] [2020-09-13 12:26:40.000000005] [1:9 base dnsqr] [00000000] [] [] ;"
         "proto: UDP (17)\nid: 7;x: 5;\n" IPCONN(";") "\n",
         "line 2, column 7: expected a field of dnsqr, found x: 5;\n{}\n"},
        {"several wrong ones", IPCONN(";") "proto: 5;x;srcport: x;\n" IPCONN(";") "\n",
         "line 1, column 82: expected a field of ipconn, found x;srcport: x;\n{}\n"},
        {"an end that is missing", IPCONN(";") "proto: 5\n" IPCONN(";") "\n",
         "line 1, column 73: expected the end of a line, found proto: 5?\n{}\n"},
        {"a packet",
         "[9] [2020-09-13 12:26:40.000000005] [1:1 base ncap] [00000000] [] [] ;payload:;"
         "<ERROR: x>;\n" IPCONN(";") "\n",
         "line 1, column 71: expected payload to be absent or empty (its octets do not stand in "
         "the text), found a packet\n{}\n"},
    };
    static const text_row returns[] = {
        {"carriage returns", IPCONN("\r\n") "proto: 5\r\n\n" IPCONN("\r\n") "\n",
         "{\"proto\":5}\n{}\n"},
    };
    static const text_row doubled[] = {
        {"two newlines", IPCONN("\n\n") "proto: 5\n\n\n" IPCONN("\n\n") "\n",
         "{\"proto\":5}\n{}\n"},
        {"two newlines, cut", IPCONN("\n\n") "proto: 5\n\n\n" IPCONN("\n"),
         "{\"proto\":5}\nline 6, column 1: expected the end of a line, found "
         "[9] [2020-09-13 12:26:40.000000005] [1:5...\n"},
        {"two newlines behind a text of several lines",
         "[9] [2020-09-13 12:26:40.000000005] [1:2 base email] [00000000] [] [] \n\n"
         "body:\n\na\n.\n\n\n",
         "{\"rcpt\":[],\"bodyurl\":[],\"body\":\"a\\n\"}\n"},
    };
    check_rows(semicolons, CHECK_COUNT(semicolons), NULL, ";", false);
    check_rows(returns, CHECK_COUNT(returns), NULL, "\r\n", false);
    check_rows(doubled, CHECK_COUNT(doubled), NULL, "\n\n", false);
}

static void
records_that_are_too_long(void)
{
    nm_pres_options options = {.schema = nm_registry_find(1, 6), .record_max = 24};
    check_text(&options, "message: 0123456789\n\nmessage: 0123456789\nmessage: 0\n\nmessage: 2\n\n",
               /* is_whole= */ false,
               "{\"message\":\"0123456789\"}\n"
               "line 4: a record of more than 24 octets, the limit\n{\"message\":\"2\"}\n");
    check_text(&options, "message: 0123456789012345\nmessage: 01234567890123456\n\nmessage: 2\n\n",
               /* is_whole= */ false,
               "line 1: a record of more than 24 octets, the limit\n{\"message\":\"2\"}\n");
}

static void
errors_have_an_offset(void)
{
    nm_pres_options options = {.schema = nm_registry_find(1, 5), .record_max = 1000};
    nm_pres_reader *reader;
    nm_buffer data;
    nm_payload payload;
    nm_error err = {.code = NM_OK};
    nm_buffer_init(&data, 1000, &nm_allocator_heap);
    CHECK_OR_EXIT(nm_pres_reader_new(&options, &nm_allocator_heap, &reader) == NM_OK);
    nm_pres_reader_feed(reader, nm_span_of("proto: 70000", 12), 5, 1000);
    CHECK_EQ(nm_pres_reader_next(reader, 0, 0, &data, &payload, &err), NM_AGAIN);
    nm_pres_reader_finish(reader);
    CHECK_EQ(nm_pres_reader_next(reader, 0, 0, &data, &payload, &err), NM_E_PARSE);
    CHECK_EQ(err.offset, 1007);
    CHECK_EQ(nm_pres_reader_next(reader, 0, 0, &data, &payload, &err), NM_END);
    nm_pres_reader_free(reader);
    nm_pres_reader_free(NULL);
    nm_buffer_clear(&data);
}

static void
message_that_is_too_long(void)
{
    nm_pres_options options = {.schema = nm_registry_find(1, 6), .record_max = 1000};
    nm_pres_reader *reader;
    nm_buffer data;
    nm_payload payload;
    nm_error err = {.code = NM_OK};
    nm_buffer_init(&data, 4, &nm_allocator_heap);
    CHECK_OR_EXIT(nm_pres_reader_new(&options, &nm_allocator_heap, &reader) == NM_OK);
    nm_pres_reader_feed(reader, nm_span_of("message: abc", 12), 1, 0);
    CHECK_EQ(nm_pres_reader_next(reader, 0, 0, &data, &payload, &err), NM_AGAIN);
    nm_pres_reader_finish(reader);
    CHECK_EQ(nm_pres_reader_next(reader, 0, 0, &data, &payload, &err), NM_E_LIMIT);
    CHECK_TEXT(err.message, strlen(err.message),
               "line 1, column 10: message: size above the limit");
    CHECK_EQ(nm_pres_reader_next(reader, 0, 0, &data, &payload, &err), NM_END);
    nm_pres_reader_free(reader);
    nm_buffer_clear(&data);
}

/* Reads three records; a call that memory failed in is repeated. */
static void
read_with_failures(failing_allocator *memory)
{
    static const char *const lines[] = {LOGLINE,
                                        "message: x\n",
                                        "\n",
                                        EMAIL,
                                        "rcpt: a\n",
                                        "body:\n",
                                        "x.\n",
                                        "\n",
                                        LOGLINE,
                                        "category: c\n",
                                        HEADER("2:4 SIE delay"),
                                        "\n"};
    nm_pres_options options = {.record_max = 1 << 20};
    nm_pres_reader *reader = NULL;
    nm_buffer data;
    size_t count = 0;
    size_t fed = 0;
    nm_buffer_init(&data, 1 << 20, &memory->allocator);
    nm_status status = nm_pres_reader_new(&options, &memory->allocator, &reader);
    while (reader != NULL && status != NM_END) {
        nm_payload payload;
        nm_error err = {.code = NM_OK};
        status = nm_pres_reader_next(reader, 0, 0, &data, &payload, &err);
        count += status == NM_OK;
        if (status == NM_AGAIN && fed == CHECK_COUNT(lines)) {
            nm_pres_reader_finish(reader);
        } else if (status == NM_AGAIN) {
            nm_pres_reader_feed(reader, nm_span_of(lines[fed], strlen(lines[fed]) - 1), fed, 0);
            fed++;
        } else if (status == NM_E_NOMEM) {
            CHECK_EQ(err.code, NM_E_NOMEM);
        }
    }
    CHECK_EQ(count, reader != NULL ? 4 : 0);
    nm_pres_reader_free(reader);
    nm_buffer_clear(&data);
}

static void
failed_memory_loses_nothing(void)
{
    sweep_result result = failing_allocator_sweep(read_with_failures, 200);
    CHECK(result.failures > 3);
    CHECK_EQ(result.leaks, 0);
    CHECK(result.is_complete);
}

CHECK_MAIN(CHECK_TEST(headers), CHECK_TEST(lines_that_are_no_headers),
           CHECK_TEST(records_without_headers), CHECK_TEST(values_of_a_record),
           CHECK_TEST(texts_of_several_lines), CHECK_TEST(packets),
           CHECK_TEST(records_that_are_cut), CHECK_TEST(other_ends_of_lines),
           CHECK_TEST(records_that_are_too_long), CHECK_TEST(errors_have_an_offset),
           CHECK_TEST(message_that_is_too_long), CHECK_TEST(failed_memory_loses_nothing))
