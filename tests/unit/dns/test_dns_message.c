/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/message.h"

#include "check.h"
#include "dns_octets.h"
#include "failing_allocator.h"
#include "octets.h"

enum { ROOM = 1 << 26 };

/* A header: id 1, flags, counts of the four sections. */
#define QUERY "0001 0100 0001 0000 0000 0000 "
#define ANSWER(answers) "0001 8180 0001 " answers " 0000 0000 "
#define NO_QUESTION(answers) "0001 8180 0000 " answers " 0000 0000 "
#define ADDITIONAL(records) "0001 8180 0000 0000 0000 " records " "

#define TEXT_HEAD(rest) ";; ->>HEADER<<- opcode: QUERY, rcode: " rest
#define TEXT_END "\n;; AUTHORITY SECTION:\n\n;; ADDITIONAL SECTION:\n"
#define JSON_HEAD "{\"header\":{\"opcode\":\"QUERY\",\"rcode\":\"NOERROR\",\"id\":1,"
#define JSON_END ",\"authority\":[],\"additional\":[]}"

typedef nm_status message_writer(nm_writer *w, nm_span message);

static nm_status
write_message(message_writer *write, nm_span message, nm_buffer *out)
{
    nm_writer w = nm_writer_begin(out);
    nm_status status = write(&w, message);
    CHECK(status != NM_E_PARSE || nm_writer_len(&w) == 0);
    nm_status end = nm_writer_end(&w);
    CHECK_EQ(end, status == NM_E_PARSE ? NM_OK : status);
    return status;
}

static void
check_message(const char *notation, const char *text, const char *json)
{
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    dns_octets message = dns_octets_of(notation);
    CHECK_EQ(write_message(nm_dns_message_format, dns_octets_span(&message), &b), NM_OK);
    CHECK_BUFFER(b, text);
    b.len = 0;
    CHECK_EQ(write_message(nm_dns_message_json, dns_octets_span(&message), &b), NM_OK);
    CHECK_BUFFER(b, json);
    nm_buffer_clear(&b);
}

static void
a_query_is_written(void)
{
    check_message(QUERY "<www.example> 0001 0001",
                  TEXT_HEAD("NOERROR, id: 1\n"
                            ";; flags: rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; QUESTION SECTION:\n;www.example. IN A\n"
                            "\n;; ANSWER SECTION:\n" TEXT_END),
                  JSON_HEAD "\"flags\":[\"rd\"]},\"question\":[{\"qname\":\"www.example.\","
                            "\"qclass\":\"IN\",\"qtype\":\"A\"}],\"answer\":[]" JSON_END);
}

static void
only_a_header_is_a_message(void)
{
    check_message("ffff a9ff ffff ffff ffff ffff",
                  ";; ->>HEADER<<- opcode: UPDATE, rcode: 15, id: 65535\n"
                  ";; flags: qr rd ra ad cd; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                  "\n;; QUESTION SECTION:\n\n;; ANSWER SECTION:\n" TEXT_END,
                  "{\"header\":{\"opcode\":\"UPDATE\",\"rcode\":15,\"id\":65535,\"flags\":"
                  "[\"qr\",\"rd\",\"ra\",\"ad\",\"cd\"]},\"question\":[],\"answer\":[]" JSON_END);
    check_message("0000 1e43 0000 0000 0000 0000",
                  ";; ->>HEADER<<- opcode: 3, rcode: NXDOMAIN, id: 0\n"
                  ";; flags: aa tc; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                  "\n;; QUESTION SECTION:\n\n;; ANSWER SECTION:\n" TEXT_END,
                  "{\"header\":{\"opcode\":3,\"rcode\":\"NXDOMAIN\",\"id\":0,\"flags\":"
                  "[\"aa\",\"tc\"]},\"question\":[],\"answer\":[]" JSON_END);
    check_message("0000 0000 0000 0000 0000 0000 ffffffff",
                  TEXT_HEAD("NOERROR, id: 0\n"
                            ";; flags:; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; QUESTION SECTION:\n\n;; ANSWER SECTION:\n" TEXT_END),
                  "{\"header\":{\"opcode\":\"QUERY\",\"rcode\":\"NOERROR\",\"id\":0,\"flags\":[]}"
                  ",\"question\":[],\"answer\":[]" JSON_END);
}

static void
records_become_sets_in_json(void)
{
    check_message(ANSWER("0005") "<a.B> 0001 0001 "
                                 "c00c 0001 0001 00000384 0004 c0000201 "
                                 "c00c 0005 0001 00000001 0002 c00c "
                                 "<A.b> 0001 0001 0000012c 0004 c0000202 "
                                 "c00c 0001 0003 00000005 0002 abcd "
                                 "c00c 0001 0001 ffffffff 0004 c0000203",
                  TEXT_HEAD("NOERROR, id: 1\n"
                            ";; flags: qr rd ra; QUERY: 1, ANSWER: 5, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; QUESTION SECTION:\n;a.B. IN A\n"
                            "\n;; ANSWER SECTION:\n"
                            "a.B. 900 IN A 192.0.2.1\n"
                            "a.B. 1 IN CNAME a.B.\n"
                            "A.b. 300 IN A 192.0.2.2\n"
                            "a.B. 5 CH A \n"
                            "a.B. 4294967295 IN A 192.0.2.3\n" TEXT_END),
                  JSON_HEAD
                  "\"flags\":[\"qr\",\"rd\",\"ra\"]},\"question\":[{\"qname\":\"a.B.\","
                  "\"qclass\":\"IN\",\"qtype\":\"A\"}],\"answer\":["
                  "{\"rrname\":\"a.B.\",\"rrttl\":300,\"rrclass\":\"IN\",\"rrtype\":\"A\","
                  "\"rdata\":[\"192.0.2.1\",\"192.0.2.2\",\"192.0.2.3\"]},"
                  "{\"rrname\":\"a.B.\",\"rrttl\":1,\"rrclass\":\"IN\",\"rrtype\":\"CNAME\","
                  "\"rdata\":[\"a.B.\"]},"
                  "{\"rrname\":\"a.B.\",\"rrttl\":5,\"rrclass\":\"CH\",\"rrtype\":\"A\","
                  "\"rdata\":[\"\"]}]" JSON_END);
}

static void
questions_stay_as_they_are(void)
{
    check_message("0001 0000 0002 0000 0000 0000 00 ff01 004d 00 ff01 004d",
                  TEXT_HEAD("NOERROR, id: 1\n"
                            ";; flags:; QUERY: 2, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; QUESTION SECTION:\n;. CLASS77 TYPE65281\n;. CLASS77 TYPE65281\n"
                            "\n;; ANSWER SECTION:\n" TEXT_END),
                  JSON_HEAD "\"flags\":[]},\"question\":["
                            "{\"qname\":\".\",\"qclass\":\"CLASS77\",\"qtype\":\"TYPE65281\"},"
                            "{\"qname\":\".\",\"qclass\":\"CLASS77\",\"qtype\":\"TYPE65281\"}],"
                            "\"answer\":[]" JSON_END);
}

/* A space stands in front of no data, but for types whose fields are all missing. */
static void
records_without_data_are_written(void)
{
    check_message(NO_QUESTION("0004") "00 0001 0001 00000000 0000 "
                                      "00 0001 0003 00000000 0000 "
                                      "00 ff00 0001 00000000 0000 "
                                      "00 0010 0001 00000000 0003 02 22 5c",
                  TEXT_HEAD("NOERROR, id: 1\n"
                            ";; flags: qr rd ra; QUERY: 0, ANSWER: 4, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; QUESTION SECTION:\n"
                            "\n;; ANSWER SECTION:\n"
                            ". 0 IN A\n"
                            ". 0 CH A \n"
                            ". 0 IN TYPE65280 \\# 0 \n"
                            ". 0 IN TXT \"\\\"\\\\\"\n" TEXT_END),
                  JSON_HEAD
                  "\"flags\":[\"qr\",\"rd\",\"ra\"]},\"question\":[],\"answer\":["
                  "{\"rrname\":\".\",\"rrttl\":0,\"rrclass\":\"IN\",\"rrtype\":\"A\","
                  "\"rdata\":[\"\"]},"
                  "{\"rrname\":\".\",\"rrttl\":0,\"rrclass\":\"CH\",\"rrtype\":\"A\","
                  "\"rdata\":[\"\"]},"
                  "{\"rrname\":\".\",\"rrttl\":0,\"rrclass\":\"IN\",\"rrtype\":\"TYPE65280\","
                  "\"rdata\":[\"\\\\# 0 \"]},"
                  "{\"rrname\":\".\",\"rrttl\":0,\"rrclass\":\"IN\",\"rrtype\":\"TXT\","
                  "\"rdata\":[\"\\\"\\\\\\\"\\\\\\\\\\\"\"]}]" JSON_END);
}

static void
edns_stands_apart(void)
{
    check_message(ADDITIONAL("0002") "00 0029 04d0 01008000 0012 0008 0007 0001 18 00 c00002 "
                                     "000a 0003 61 22 5c "
                                     "00 0029 0200 00000000 0008 0003 0000 000f 0000",
                  TEXT_HEAD("256, id: 1\n"
                            ";; flags: qr rd ra; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1\n"
                            "\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags: do; udp: 1232\n"
                            "; CLIENT-SUBNET: 192.0.2.0/24/0\n"
                            "; OPT=10: 61 22 5c (\"a\"\\\")\n"
                            ";; QUESTION SECTION:\n"
                            "\n;; ANSWER SECTION:\n"
                            "\n;; AUTHORITY SECTION:\n"
                            "\n;; ADDITIONAL SECTION:\n"
                            ". 0 CLASS512 OPT OPT=3: (\"\")\nEDE:  ### PARSE ERROR #12 ###\n"),
                  "{\"header\":{\"opcode\":\"QUERY\",\"rcode\":256,\"id\":1,"
                  "\"flags\":[\"qr\",\"rd\",\"ra\"],\"opt\":{\"edns\":{\"version\":0,"
                  "\"flags\":[\"do\"],\"udp\":1232,\"options\":["
                  "\"CLIENT-SUBNET: 192.0.2.0/24/0\","
                  "\"OPT=10: 61 22 5c (\\\"a\\\"\\\\\\\")\"]}}},"
                  "\"question\":[],\"answer\":[],\"authority\":[],\"additional\":["
                  "{\"rrname\":\".\",\"rrttl\":0,\"rrclass\":\"CLASS512\",\"rrtype\":\"OPT\","
                  "\"rdata\":[\"OPT=3: (\\\"\\\")\\nEDE:  ### PARSE ERROR #12 ###\"]}]}");
}

static void
edns_may_have_no_options_or_wrong_ones(void)
{
    check_message("0001 0000 0000 0001 0000 0000 00 0029 0200 00020000 0000",
                  TEXT_HEAD("NOERROR, id: 1\n"
                            ";; flags:; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; OPT PSEUDOSECTION:\n; EDNS: version: 2, flags:; udp: 512\n"
                            ";; QUESTION SECTION:\n"
                            "\n;; ANSWER SECTION:\n" TEXT_END),
                  JSON_HEAD "\"flags\":[],\"opt\":{\"edns\":{\"version\":2,\"flags\":[],"
                            "\"udp\":512,\"options\":[]}}},"
                            "\"question\":[],\"answer\":[]" JSON_END);
    check_message("0001 0001 0000 0001 0000 0000 00 0029 0200 00000000 0007 0003 0000 000f 00",
                  TEXT_HEAD("FORMERR, id: 1\n"
                            ";; flags:; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 512\n"
                            "; OPT=3: (\"\")\n"
                            "; EDE: ### PARSE ERROR ###\n"
                            ";; QUESTION SECTION:\n"
                            "\n;; ANSWER SECTION:\n" TEXT_END),
                  "{\"header\":{\"opcode\":\"QUERY\",\"rcode\":\"FORMERR\",\"id\":1,"
                  "\"flags\":[],\"opt\":{\"edns\":{\"version\":0,\"flags\":[],"
                  "\"udp\":512,\"options\":[\"OPT=3: (\\\"\\\")\",\"EDE: ### PARSE ERROR ###\"]}}},"
                  "\"question\":[],\"answer\":[]" JSON_END);
}

/* A question of type OPT is taken for EDNS too. */
static void
edns_may_be_a_question(void)
{
    check_message(QUERY "00 0029 0400",
                  TEXT_HEAD("NOERROR, id: 1\n"
                            ";; flags: rd; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1024\n"
                            ";; QUESTION SECTION:\n"
                            "\n;; ANSWER SECTION:\n" TEXT_END),
                  JSON_HEAD "\"flags\":[\"rd\"],\"opt\":{\"edns\":{\"version\":0,\"flags\":[],"
                            "\"udp\":1024}}},\"question\":[],\"answer\":[]" JSON_END);
}

static void
compressed_names_in_data_are_expanded(void)
{
    check_message(NO_QUESTION("0003") "<a.example> 000f 0001 00000000 0006 0001 01'm' c00e "
                                      "c00c 0006 0001 00000000 0018 c00c c023 "
                                      "0000000000000000000000000000000000000000 "
                                      "c00c 0023 0001 00000000 0009 0001 0002 00 00 00 c00c",
                  TEXT_HEAD("NOERROR, id: 1\n"
                            ";; flags: qr rd ra; QUERY: 0, ANSWER: 3, AUTHORITY: 0, ADDITIONAL: 0\n"
                            "\n;; QUESTION SECTION:\n"
                            "\n;; ANSWER SECTION:\n"
                            "a.example. 0 IN MX 1 m.example.\n"
                            "a.example. 0 IN SOA a.example. m.example. 0 0 0 0 0\n"
                            "a.example. 0 IN NAPTR 1 2 \"\" \"\" \"\" a.example.\n" TEXT_END),
                  JSON_HEAD
                  "\"flags\":[\"qr\",\"rd\",\"ra\"]},\"question\":[],\"answer\":["
                  "{\"rrname\":\"a.example.\",\"rrttl\":0,\"rrclass\":\"IN\",\"rrtype\":\"MX\","
                  "\"rdata\":[\"1 m.example.\"]},"
                  "{\"rrname\":\"a.example.\",\"rrttl\":0,\"rrclass\":\"IN\",\"rrtype\":\"SOA\","
                  "\"rdata\":[\"a.example. m.example. 0 0 0 0 0\"]},"
                  "{\"rrname\":\"a.example.\",\"rrttl\":0,\"rrclass\":\"IN\",\"rrtype\":\"NAPTR\","
                  "\"rdata\":[\"1 2 \\\"\\\" \\\"\\\" \\\"\\\" a.example.\"]}]" JSON_END);
}

/* One record with the root as owner, class IN, and data of a type. */
static nm_status
status_of_rdata(uint16_t type, nm_span rdata)
{
    nm_buffer b;
    octets message = {0};
    octets_put(&message, "\0\1\0\0\0\0\0\1\0\0\0\0", 12);
    octets_u8(&message, 0);
    octets_be(&message, type, 2);
    octets_be(&message, 1, 2);
    octets_be(&message, 0, 4);
    octets_be(&message, rdata.len, 2);
    octets_put_span(&message, rdata);
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    nm_status status = write_message(nm_dns_message_format, octets_span(&message), &b);
    CHECK_EQ(write_message(nm_dns_message_json, octets_span(&message), &b), status);
    nm_buffer_clear(&b);
    octets_free(&message);
    return status;
}

static void
data_must_have_the_fields_of_their_type(void)
{
    static const struct {
        const char *name;
        uint16_t type;
        const char *octets;
        bool is_valid;
    } rows[] = {
        {"no data", 1, "", true},
        {"A", 1, "c0000201", true},
        {"A too short", 1, "c00002", false},
        {"A too long", 1, "c000020101", false},
        {"name too long", 2, "<a> 00", false},
        {"name beyond the data", 2, "01", false},
        {"label of 64", 2, "40", false},
        {"pointer to itself", 2, "c017", false},
        {"first name only", 6, "<a>", true},
        {"numbers cut", 6, "<a> <b> 000000", false},
        {"strings", 16, "01'a' 00 00", true},
        {"string cut", 16, "01'a' 02'b'", false},
        {"AAAA too short", 28, "00", false},
        {"prefix", 38, "78 05 <a>", true},
        {"prefix above 128", 38, "81", false},
        {"prefix without address", 38, "78", false},
        {"windows", 47, "00 00 01 40 01 02 0080", true},
        {"window of no octets", 47, "00 00 00", false},
        {"window of 33 octets", 47,
         "00 00 21 000000000000000000000000000000000000000000000000000000000000000000", false},
        {"window cut", 47, "00 00 02 40", false},
        {"half a window head", 47, "00 00", false},
        {"salt and hash", 50, "01 00 0000 01 ab 01 ab 00 01 40", true},
        {"hash cut", 50, "01 00 0000 01 ab 02 ab", false},
        {"mandatory", 64, "0001 00 0000 0002 0001", true},
        {"mandatory of three octets", 64, "0001 00 0000 0003 000100", false},
        {"alpn", 64, "0001 00 0001 0003 02'h2'", true},
        {"alpn empty", 64, "0001 00 0001 0000", false},
        {"alpn not filled", 64, "0001 00 0001 0004 02'h2' 01", false},
        {"no-default-alpn", 64, "0001 00 0002 0000", true},
        {"no-default-alpn with a value", 64, "0001 00 0002 0001 00", false},
        {"port", 64, "0001 00 0003 0002 0035", true},
        {"port of one octet", 64, "0001 00 0003 0001 35", false},
        {"ipv4hint", 64, "0001 00 0004 0004 c0000201", true},
        {"ipv4hint empty", 64, "0001 00 0004 0000", true},
        {"ipv4hint of six octets", 64, "0001 00 0004 0006 c0000201 c000", false},
        {"ipv6hint of four octets", 64, "0001 00 0006 0004 c0000201", false},
        {"key 65535", 64, "0001 00 ffff 0000", false},
        {"other key", 64, "0001 00 0007 0001 00", true},
        {"value cut", 64, "0001 00 0007 0002 00", false},
        {"value of 65532 octets", 64, "0001 00 0007 fffc 00", false},
        {"key cut", 64, "0001 00 00", false},
        {"hexadecimal", 43, "0001 08 02 ab", true},
        {"DS cut", 43, "0001 08", true},
        {"EUI48 cut", 108, "0000", false},
        {"EUI64", 109, "0000000000000000", true},
        {"a type without fields", 65280, "00", true},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        dns_octets rdata = dns_octets_of(rows[i].octets);
        CHECK_EQ(status_of_rdata(rows[i].type, dns_octets_span(&rdata)),
                 rows[i].is_valid ? NM_OK : NM_E_PARSE);
    }
}

static void
messages_that_are_cut_are_unparsable(void)
{
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    dns_octets message =
        dns_octets_of(ANSWER("0002") "<a.b> 0001 0001 c00c 0001 0001 00000000 0004 c0000201 "
                                     "c00c 000f 0001 00000000 0004 0001 c00c");
    for (size_t len = 0; len <= message.len; len++) {
        bool is_boundary = len == 12 || len == 21 || len == 37 || len == message.len;
        nm_status expected = is_boundary ? NM_OK : NM_E_PARSE;
        CHECK_EQ(write_message(nm_dns_message_format, nm_span_of(message.data, len), &b), expected);
        CHECK_EQ(write_message(nm_dns_message_json, nm_span_of(message.data, len), &b), expected);
    }
    nm_buffer_clear(&b);
}

/* What was written before an unparsable message stays. */
static void
nothing_is_written_of_unparsable_messages(void)
{
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&b);
    nm_writer_literal(&w, "before");
    CHECK_EQ(nm_dns_message_format(&w, nm_span_of(NULL, 0)), NM_E_PARSE);
    CHECK_EQ(nm_dns_message_json(&w, nm_span_of(NULL, 0)), NM_E_PARSE);
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    CHECK_BUFFER(b, "before");
    nm_buffer_clear(&b);
}

/* A long chain of pointers is followed, but not by thousands of names. */
static void
chains_of_pointers_cost_no_time(void)
{
    for (int names = 1; names <= 4000; names += 3999) {
        nm_buffer b;
        octets message = {0};
        octets_put(&message, "\0\1\0\0\0\0", 6);
        octets_be(&message, (uint64_t)names + 1, 2);
        octets_be(&message, 0, 4);
        octets_put(&message, "\0\0\12\0\1\0\0\0\0", 9);
        octets_be(&message, 1 + 2 * 8000, 2);
        octets_u8(&message, 0);
        for (size_t i = 0; i < 8000; i++) {
            octets_be(&message, 0xc000 | (i == 0 ? 23 : 22 + 2 * i), 2);
        }
        for (int i = 0; i < names; i++) {
            octets_be(&message, 0xc000 | (22 + 2 * 8000), 2);
            octets_put(&message, "\0\1\0\1\0\0\0\0\0\0", 10);
        }
        nm_buffer_init(&b, ROOM, &nm_allocator_heap);
        CHECK_EQ(write_message(nm_dns_message_format, octets_span(&message), &b),
                 names == 1 ? NM_OK : NM_E_PARSE);
        nm_buffer_clear(&b);
        octets_free(&message);
    }
}

/* `count` A records; names are "n0000000" and so on, `repeat` records for each, far apart. */
static void
many_records(octets *message, unsigned count, unsigned repeat)
{
    octets_put(message, "\0\1\0\0\0\0", 6);
    octets_be(message, count, 2);
    octets_be(message, 0, 4);
    for (unsigned i = 0; i < count; i++) {
        char label[10];
        unsigned number = i % ((count + repeat - 1) / repeat);
        snprintf(label, sizeof label, "%c%07u", i % 2 == 0 ? 'n' : 'N', number * 7919 % 65537);
        octets_u8(message, 8);
        octets_put(message, label, 8);
        octets_put(message, "\0\0\1\0\1", 5);
        octets_be(message, 70000 - i, 4);
        octets_be(message, 4, 2);
        octets_be(message, i, 4);
    }
}

static size_t
count_text(nm_span text, const char *what)
{
    size_t count = 0;
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= text.len; i++) {
        count += memcmp(text.data + i, what, len) == 0;
    }
    return count;
}

/* With as many records as fit, all different or not; also those around the number from which on
 * memory is taken. */
static void
many_records_are_grouped(void)
{
    static const unsigned counts[] = {1, 2, 15, 16, 17, 18, 100, 65535};
    for (size_t i = 0; i < CHECK_COUNT(counts); i++) {
        for (unsigned repeat = 1; repeat <= 3; repeat += 2) {
            nm_buffer b;
            octets message = {0};
            many_records(&message, counts[i], repeat);
            nm_buffer_init(&b, ROOM, &nm_allocator_heap);
            CHECK_EQ(write_message(nm_dns_message_json, octets_span(&message), &b), NM_OK);
            unsigned sets = (counts[i] + repeat - 1) / repeat;
            CHECK_EQ(count_text(nm_buffer_span(&b), "\"rrname\""), sets);
            CHECK_EQ(count_text(nm_buffer_span(&b), "\"0.0."), counts[i]);
            if (repeat == 3 && counts[i] == 100) { /* The first of 34 sets and its lowest TTL. */
                CHECK_EQ(count_text(nm_buffer_span(&b),
                                    "[{\"rrname\":\"n0000000.\",\"rrttl\":69932,\"rrclass\":\"IN\","
                                    "\"rrtype\":\"A\",\"rdata\":"
                                    "[\"0.0.0.0\",\"0.0.0.34\",\"0.0.0.68\"]},"),
                         1);
            }
            nm_buffer_clear(&b);
            octets_free(&message);
        }
    }
}

static void
write_json_with(failing_allocator *memory)
{
    nm_buffer b;
    octets message = {0};
    many_records(&message, 40, 2);
    nm_buffer_init(&b, ROOM, &memory->allocator);
    nm_writer w = nm_writer_begin(&b);
    nm_status status = nm_dns_message_json(&w, octets_span(&message));
    CHECK(status == NM_OK || status == NM_E_NOMEM);
    CHECK_EQ(nm_writer_end(&w), status);
    CHECK_EQ(b.len > 0, status == NM_OK);
    nm_buffer_clear(&b);
    octets_free(&message);
}

static void
missing_memory_is_told(void)
{
    sweep_result result = failing_allocator_sweep(write_json_with, 100);
    CHECK(result.is_complete && result.failures > 3);
    CHECK_EQ(result.leaks, 0);
}

/* Only the output needs memory when there are few records. */
static void
few_records_need_no_memory(void)
{
    failing_allocator memory;
    failing_allocator_init(&memory, 0);
    nm_buffer b;
    octets message = {0};
    many_records(&message, 16, 1);
    nm_buffer_init(&b, ROOM, &memory.allocator);
    CHECK_EQ(nm_buffer_reserve(&b, 100000), NM_OK);
    CHECK_EQ(write_message(nm_dns_message_json, octets_span(&message), &b), NM_OK);
    CHECK_EQ(memory.calls, 1);
    nm_buffer_clear(&b);
    octets_free(&message);
}

static void
a_full_buffer_is_told(void)
{
    octets message = {0};
    many_records(&message, 3, 1);
    for (size_t max = 0; max < 250; max++) {
        nm_buffer b;
        nm_buffer_init(&b, max, &nm_allocator_heap);
        CHECK_EQ(write_message(nm_dns_message_json, octets_span(&message), &b), NM_E_LIMIT);
        CHECK_EQ(write_message(nm_dns_message_format, octets_span(&message), &b), NM_E_LIMIT);
        CHECK_EQ(b.len, 0);
        nm_buffer_clear(&b);
    }
    octets_free(&message);
}

CHECK_MAIN(CHECK_TEST(a_query_is_written), CHECK_TEST(only_a_header_is_a_message),
           CHECK_TEST(records_become_sets_in_json), CHECK_TEST(questions_stay_as_they_are),
           CHECK_TEST(records_without_data_are_written), CHECK_TEST(edns_stands_apart),
           CHECK_TEST(edns_may_have_no_options_or_wrong_ones), CHECK_TEST(edns_may_be_a_question),
           CHECK_TEST(compressed_names_in_data_are_expanded),
           CHECK_TEST(data_must_have_the_fields_of_their_type),
           CHECK_TEST(messages_that_are_cut_are_unparsable),
           CHECK_TEST(nothing_is_written_of_unparsable_messages),
           CHECK_TEST(chains_of_pointers_cost_no_time), CHECK_TEST(many_records_are_grouped),
           CHECK_TEST(missing_memory_is_told), CHECK_TEST(few_records_need_no_memory),
           CHECK_TEST(a_full_buffer_is_told))
