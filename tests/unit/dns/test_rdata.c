/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/rdata.h"

#include "check.h"
#include "dns/constants.h"
#include "dns_octets.h"
#include "failing_allocator.h"
#include "octets.h"

enum { ROOM = 1 << 20 };

/* Record data and the text of them. */
typedef struct rdata_row {
    const char *name;
    uint16_t type;
    uint16_t rrclass;
    const char *octets;
    const char *text;
} rdata_row;

#define ERROR " ### PARSE ERROR ###"
#define ERROR_3 " ### PARSE ERROR #3 ###"
#define ERROR_8 " ### PARSE ERROR #8 ###"
#define ERROR_11 " ### PARSE ERROR #11 ###"
#define ERROR_12 " ### PARSE ERROR #12 ###"

static void
format(uint16_t type, uint16_t rrclass, nm_span rdata, nm_buffer *out)
{
    out->len = 0;
    nm_writer w = nm_writer_begin(out);
    bool is_plain = nm_dns_rdata_format(&w, type, rrclass, rdata);
    CHECK_EQ(nm_writer_end(&w), NM_OK);
    for (size_t i = 0; i < out->len && is_plain; i++) {
        CHECK(out->data[i] >= ' ' && out->data[i] < 0x7f);
        CHECK(out->data[i] != '"' && out->data[i] != '\\');
    }
}

static void
check_formats(const rdata_row *rows, size_t count)
{
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].name);
        dns_octets rdata = dns_octets_of(rows[i].octets);
        format(rows[i].type, rows[i].rrclass, dns_octets_span(&rdata), &b);
        CHECK_BUFFER(b, rows[i].text);
    }
    nm_buffer_clear(&b);
}

static void
check_parses(const rdata_row *rows, size_t count)
{
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].name);
        dns_octets rdata = dns_octets_of(rows[i].octets);
        nm_error err = {.message = ""};
        b.len = 0;
        CHECK_EQ(nm_dns_rdata_parse(nm_span_of_text(rows[i].text), rows[i].type, rows[i].rrclass,
                                    &b, &err),
                 NM_OK);
        CHECK_TEXT(err.message, strlen(err.message), "");
        CHECK_SPAN(nm_buffer_span(&b), dns_octets_span(&rdata));
    }
    nm_buffer_clear(&b);
}

/* Both ways. */
static const rdata_row record_types[] = {
    {"A", 1, 1, "c0000201", "192.0.2.1"},
    {"NS", 2, 1, "<ns.example>", "ns.example."},
    {"NS of the root", 2, 1, "00", "."},
    {"NS in another class", 2, 77, "<ns.example>", "ns.example."},
    {"MD", 3, 1, "<a>", "a."},
    {"MF", 4, 1, "<a>", "a."},
    {"CNAME", 5, 1, "<a.B>", "a.B."},
    {"SOA", 6, 1, "<m.> <r.x> 00000001 00000002 00000003 00000004 ffffffff",
     "m. r.x. 1 2 3 4 4294967295"},
    {"MB", 7, 1, "<a>", "a."},
    {"MG", 8, 1, "<a>", "a."},
    {"MR", 9, 1, "<a>", "a."},
    {"NULL", 10, 1, "00abFF", "00ABFF"},
    {"WKS", 11, 1, "c0000201 06 40", "3221225985 6 40"},
    {"PTR", 12, 1, "<a>", "a."},
    {"HINFO", 13, 1, "01'a' 03'b c'", "\"a\" \"b c\""},
    {"MINFO", 14, 1, "<a> <b>", "a. b."},
    {"MX", 15, 1, "000a <mail.example>", "10 mail.example."},
    {"TXT", 16, 1, "01'a' 00 03'b\"c' 02 5c7f", "\"a\" \"\" \"b\\\"c\" \"\\\\\\127\""},
    {"RP", 17, 1, "<a> <b>", "a. b."},
    {"AFSDB", 18, 1, "ffff <a>", "65535 a."},
    {"X25", 19, 1, "03'123'", "\"123\""},
    {"ISDN", 20, 1, "01'1' 01'2'", "\"1\" \"2\""},
    {"RT", 21, 1, "0001 <a>", "1 a."},
    {"SIG", 24, 1, "0001 05 02 00000001 00000002 00000003 0004 <a> abcd", "1 5 2 1 2 3 4 a. ABCD"},
    {"PX", 26, 1, "0001 <a> <b>", "1 a. b."},
    {"AAAA", 28, 1, "20010db8 0000000000000000 00000001", "2001:db8::1"},
    {"NXT", 30, 1, "<a> 4001", "a. 4001"},
    {"SRV", 33, 1, "0001 0002 0003 <a>", "1 2 3 a."},
    {"NAPTR", 35, 1, "0001 0002 01'u' 03'E2U' 03'!x!' 00", "1 2 \"u\" \"E2U\" \"!x!\" ."},
    {"KX", 36, 1, "0001 <a>", "1 a."},
    {"A6 with the whole address", 38, 1, "00 20010db8 0000000000000000 00000001", "0 2001:db8::1"},
    {"A6 with a part", 38, 1, "7c 05 <a>", "124 ::5 a."},
    {"A6 without address", 38, 1, "80 <a>", "128 a."},
    {"A6 with all of it and a name", 38, 1, "00 20010db8 0000000000000000 00000001 <a>",
     "0 2001:db8::1 a."},
    {"DNAME", 39, 1, "<a>", "a."},
    {"DS", 43, 1, "0001 08 02 abcdef", "1 8 2 ABCDEF"},
    {"RRSIG", 46, 1, "0001 08 02 00000e10 80000000 00000003 0004 <a> 010203",
     "A 8 2 3600 2147483648 3 4 a. AQID"},
    {"RRSIG of a type without name", 46, 1, "0000 08 02 00000e10 00000002 00000003 0004 <a> 01",
     "TYPE0 8 2 3600 2 3 4 a. AQ=="},
    {"NSEC", 47, 1,
     "<b> 00 01 60 04 20 00000000000000000000000000000000000000000000000000000000000000 01",
     "b. A NS TYPE1279"},
    {"DNSKEY", 48, 1, "0100 03 08 fbff", "256 3 8 +/8="},
    {"NSEC3", 50, 1, "01 00 000a 02 abcd 05 0102030405 00 01 40", "1 0 10 abcd 04106105 A"},
    {"NSEC3 without salt and hash", 50, 1, "01 00 000a 00 00 01 01 80", "1 0 10 - 0 URI"},
    {"NSEC3PARAM", 51, 1, "01 00 000a 00", "1 0 10 -"},
    {"TLSA", 52, 1, "03 01 01 abcd", "3 1 1 ABCD"},
    {"CDS", 59, 1, "0000 00 00 00", "0 0 0 00"},
    {"CDNSKEY", 60, 1, "0000 03 00 00", "0 3 0 AA=="},
    {"OPENPGPKEY", 61, 1, "0102", "AQI="},
    {"CSYNC", 62, 1, "00000042 0003 00 04 60000008", "66 3 A NS AAAA"},
    {"SVCB", 64, 1, "0000 <a>", "0 a."},
    {"HTTPS", 65, 1, "0001 00 0003 0002 01bb", "1 . port=443"},
    {"SPF", 99, 1, "02'v='", "\"v=\""},
    {"EUI48", 108, 1, "00005e00532a", "00-00-5e-00-53-2a"},
    {"EUI64", 109, 1, "00005eef1000002a", "00-00-5e-ef-10-00-00-2a"},
    {"URI", 256, 1, "0001 0002 'http://\"x'", "1 2 \"http://\\\"x\""},
    {"CAA", 257, 1, "80 05'issue' 'ca'", "128 \"issue\" \"ca\""},
    {"a type without fields", 25, 1, "01abff", "\\# 3 01 ab ff "},
    {"an unknown type", 65280, 3, "01ab", "\\# 2 01 ab "},
    {"an unknown type without data", 0, 1, "", "\\# 0 "},
    {"no data", 1, 1, "", ""},
    {"only the first field", 6, 1, "<a>", "a."},
    {"all but the last field", 15, 1, "0005", "5"},
    {"only a prefix length", 38, 1, "80", "128"},
};

/* Both ways: parameters behind "1 . ". */
static const rdata_row service_parameters[] = {
    {"mandatory", 64, 1, "0001 00 0000 0006 0001 0003 0007", "1 . mandatory=alpn,port,key7"},
    {"mandatory key that is none", 64, 1, "0001 00 0000 0004 ffff 0004",
     "1 . mandatory=invalid key,ipv4hint"},
    {"alpn", 64, 1, "0001 00 0001 0006 02'h2' 02'h3'", "1 . alpn=\"h2,h3\""},
    {"alpn that has to be escaped", 64, 1, "0001 00 0001 000a 09'f\\oo,b\"r' ff",
     "1 . alpn=\"f\\\\\\\\oo\\\\,b\\\"r\\255\""},
    {"alpn of no octets", 64, 1, "0001 00 0001 0005 00 02'h2' 00", "1 . alpn=\",h2,\""},
    {"one alpn of no octets", 64, 1, "0001 00 0001 0001 00", "1 . alpn=\"\""},
    {"no alpn", 64, 1, "0001 00 0001 0000", "1 . alpn=\""},
    {"no alpn before another key", 64, 1, "0001 00 0001 0000 0003 0002 0035",
     "1 . alpn=\" port=53"},
    {"no alpn before a string", 64, 1, "0001 00 0001 0000 0007 0001 'x'", "1 . alpn=\" key7=\"x\""},
    {"no alpn before a string that begins with a space", 64, 1,
     "0001 00 0001 0000 0007 0003 ' ,a' 0003 0002 0035", "1 . alpn=\" key7=\" ,a\" port=53"},
    {"alpn that begins with a space", 64, 1, "0001 00 0001 0004 03' h2' 0003 0002 0035",
     "1 . alpn=\" h2\" port=53"},
    {"no-default-alpn", 64, 1, "0001 00 0002 0000 0003 0002 0035", "1 . no-default-alpn port=53"},
    {"ipv4hint", 64, 1, "0001 00 0004 0008 c0000201 c0000202", "1 . ipv4hint=192.0.2.1,192.0.2.2"},
    {"empty hints before other keys", 64, 1, "0001 00 0004 0000 0006 0000 0002 0000 0000 0000",
     "1 . ipv4hint=ipv6hint=no-default-alpn mandatory="},
    {"mandatory without keys", 64, 1, "0001 00 0000 0000 0001 0003 02'h2'",
     "1 . mandatory=alpn=\"h2\""},
    {"ech", 64, 1, "0001 00 0005 0002 abcd 0003 0002 ffff", "1 . ech=q80= port=65535"},
    {"ech without octets", 64, 1, "0001 00 0005 0000 0003 0002 0000", "1 . ech= port=0"},
    {"ipv6hint", 64, 1, "0001 00 0006 0010 20010db8 0000000000000000 00000001",
     "1 . ipv6hint=2001:db8::1"},
    {"others", 65, 1, "0001 00 0007 0000 fffe 0003 22 20 01",
     "1 . key7=\"\" key65534=\"\\\" \\001\""},
};

/* Both ways. */
static const rdata_row edns_options[] = {
    {"client subnet", 41, 1, "0008 0007 0001 18 00 c00002", "CLIENT-SUBNET: 192.0.2.0/24/0"},
    {"client subnet of everybody", 41, 1, "0008 0004 0001 00 00", "CLIENT-SUBNET: 0.0.0.0/0/0"},
    {"client subnet, more than the prefix", 41, 1, "0008 0008 0001 08 00 c0000201",
     "CLIENT-SUBNET: 192.0.2.1/8/0"},
    {"client subnet, long prefix", 41, 1, "0008 0008 0001 ff ff c0000200",
     "CLIENT-SUBNET: 192.0.2.0/255/255"},
    {"client subnet, IPv6", 41, 1, "0008 000a 0002 2f 30 20010db8 0001",
     "CLIENT-SUBNET: 2001:db8:1::/47/48"},
    {"extended error", 41, 1, "000f 0002 0000", "EDE: 0 (Other Error): ()"},
    {"extended error with text", 41, 1, "000f 0008 0018 '(a) b)'",
     "EDE: 24 (Invalid Data): ((a) b))"},
    {"extended error without purpose", 41, 1, "000f 0003 0019 'x'", "EDE: 25: (x)"},
    {"other option", 41, 1, "000a 0004 6162 00 22", "OPT=10: 61 62 00 22 (\"ab.\"\")"},
    {"other option without data", 41, 1, "0003 0000", "OPT=3: (\"\")"},
    {"two options", 41, 1, "0003 0001 61 000f 0002 ffff", "OPT=3: 61 (\"a\")\nEDE: 65535: ()"},
};

/* Only to text. */
static const rdata_row other_data[] = {
    {"A in another class", 1, 3, "c0000201", ""},
    {"SVCB in another class", 64, 255, "0000 <a>", ""},
    {"CAA in another class", 257, 0, "80 05'issue' 'ca'", ""},
    {"octets behind the last field", 1, 1, "c0000201 ffff", "192.0.2.1"},
    {"name and octets behind it", 2, 1, "<a> ff", "a."},
    {"A is cut", 1, 1, "c00002", ERROR},
    {"AAAA is cut", 28, 1, "20010db8", ERROR},
    {"number is cut", 15, 1, "00", ERROR},
    {"second number is cut", 33, 1, "0001 00", "1 " ERROR},
    {"string is cut", 16, 1, "01'a' 05'abc'", "\"a\" " ERROR},
    {"first string is cut", 13, 1, "05'abc'", ERROR},
    {"type is cut", 46, 1, "00", ERROR},
    {"salt is cut", 51, 1, "01 00 000a 03 abcd", "1 0 10 " ERROR},
    {"hash is cut", 50, 1, "01 00 000a 00 03 abcd", "1 0 10 - " ERROR},
    {"EUI48 is cut", 108, 1, "00005e0053", ERROR},
    {"EUI64 is cut", 109, 1, "00005eef100000", ERROR},
    {"window is cut", 47, 1, "<b> 00 02 60", "b. " ERROR},
    {"second window is cut", 47, 1, "<b> 00 01 60 01 02 80", "b. A NS " ERROR},
    {"window without length", 47, 1, "<b> 00", "b. " ERROR},
    {"one octet behind the windows", 47, 1, "<b> 00 01 60 01", "b. A NS"},
    {"window of no octets", 47, 1, "<b> 00 00 00 01 40", "b. A"},
    {"windows as they come", 47, 1, "<b> 01 01 80 00 01 40", "b. URI A"},
    {"window of 33 octets", 47, 1,
     "<b> 00 21 0000000000000000000000000000000000000000000000000000000000000000 80", "b. URI"},
    {"prefix length above 128", 38, 1, "81 <a>", ERROR},
    {"prefix address is cut", 38, 1, "40 0102", ERROR},
    {"no prefix length", 38, 1, "", ""},
    {"label longer than 63", 2, 1, "<a| 40", ERROR_3},
    {"pointer", 2, 1, "c00c", ERROR_3},
    {"label beyond the data", 15, 1, "0001 05'abc'", "1 " ERROR_3},
    {"second name wrong", 6, 1, "<a> ff", "a. " ERROR_3},
    {"name without root label", 2, 1, "<a.b|", "a.b."},
    {"a name behind such a name", 14, 1, "<a|", "a. " ERROR_11},
    {"numbers behind such names", 6, 1, "<a> <b|", "a. b. " ERROR},
    {"octets behind such a name", 30, 1, "<a|", "a. " ERROR},
    {"a signature behind such a name", 46, 1, "0001 08 02 00000e10 00000002 00000003 0004 <a|",
     "A 8 2 3600 2 3 4 a. " ERROR},
    {"an old signature behind such a name", 24, 1, "0001 08 02 00000e10 00000002 00000003 0004 <a|",
     "1 8 2 3600 2 3 4 a. " ERROR},
    {"types behind such a name", 47, 1, "<a|", "a. " ERROR},
    {"parameters behind such a name", 64, 1, "0001 <a|", "1 a."},
    {"key is cut", 64, 1, "0001 00 00", "1 . " ERROR},
    {"key 65535", 64, 1, "0001 00 ffff 0000", "1 . " ERROR},
    {"length of a value is cut", 64, 1, "0001 00 0007 00", "1 . key7=" ERROR},
    {"no length of a value", 64, 1, "0001 00 0002", "1 . no-default-alpn" ERROR},
    {"value is cut", 64, 1, "0001 00 0003 0002 00", "1 . port=" ERROR},
    {"half a mandatory key", 64, 1, "0001 00 0000 0003 0001 00", "1 . mandatory=alpn," ERROR_12},
    {"alpn beyond its value", 64, 1, "0001 00 0001 0004 01'a' 03'b'", "1 . alpn=\"a," ERROR_12},
    {"no-default-alpn with a value", 64, 1, "0001 00 0002 0001 00", "1 . no-default-alpn" ERROR_12},
    {"port of three octets", 64, 1, "0001 00 0003 0003 000000", "1 . port=" ERROR_12},
    {"half an IPv4 address", 64, 1, "0001 00 0004 0006 c0000201 c000",
     "1 . ipv4hint=192.0.2.1," ERROR_12},
    {"half an IPv6 address", 64, 1, "0001 00 0006 0002 2001", "1 . ipv6hint=" ERROR_12},
    {"key of no name and value", 64, 1, "0001 00 0008 0001 61 0007 0000",
     "1 . key8=\"a\" key7=\"\""},
    {"option code is cut", 41, 1, "00", ERROR},
    {"option length is cut", 41, 1, "000a 00", "OPT=10:" ERROR},
    {"option is cut", 41, 1, "0008 0004 0001", "CLIENT-SUBNET:" ERROR},
    {"second option is cut", 41, 1, "0003 0000 000f 0001", "OPT=3: (\"\")\nEDE:" ERROR},
    {"client subnet of three octets", 41, 1, "0008 0003 0001 18", "CLIENT-SUBNET: " ERROR_12},
    {"client subnet of no family", 41, 1, "0008 0004 0003 18 00", "CLIENT-SUBNET: " ERROR_12},
    {"client subnet of five octets", 41, 1, "0008 0009 0001 18 00 c000020100",
     "CLIENT-SUBNET: " ERROR_12},
    {"client subnet of 17 octets", 41, 1, "0008 0015 0002 18 00 0000000000000000000000000000000000",
     "CLIENT-SUBNET: " ERROR_12},
    {"extended error of one octet", 41, 1, "000f 0001 00 0003 0000", "EDE: " ERROR_12},
    {"extended error that is not printable", 41, 1, "000f 0004 0001 00 e9",
     "EDE: 1 (Unsupported DNSKEY Algorithm): (..)"},
    {"client subnet with zeros at the end", 41, 1, "0008 0008 0001 18 00 c0000200",
     "CLIENT-SUBNET: 192.0.2.0/24/0"},
};

/* Only from text. */
static const rdata_row other_texts[] = {
    {"blanks", 15, 1, "0005 <a>", " \t5\r\n a. \n"},
    {"no fields at all", 6, 1, "", "  "},
    {"a class without fields", 1, 3, "", " "},
    {"names without final dot", 14, 1, "<a> <b.c>", "a b.c"},
    {"leading zeros", 33, 1, "0001 0002 ffff", "01 00000000000000000000002 65535"},
    {"bare strings", 16, 1, "02'ab' 03'c\"d' 01'\"'", "ab c\"d \\034"},
    {"strings that touch", 16, 1, "01'a' 01'b' 01'c'", "\"a\"\"b\"c"},
    {"types in any order and case", 47, 1, "<b> 00 01 60 01 01 80", "b. TYPE256 ns a TYPE1 Ns"},
    {"lower-case digits", 43, 1, "0001 08 02 abcd", "1 8 2 aBcD"},
    {"base64 in pieces", 48, 1, "0100 03 08 010203 04", "256 3 8 AQ ID\nBA=="},
    {"base64 without padding", 61, 1, "0102", "AQI"},
    {"salt in capitals", 51, 1, "01 00 0000 01 ab", "1 0 0 AB"},
    {"hash in lower case", 50, 1, "01 00 0000 00 05 ffffffffff", "1 0 0 - vvvvvvvv"},
    {"hash with bits left over", 50, 1, "01 00 000a 01 ab 01 0d 00 01 40", "1 0 10 ab 1KL A"},
    {"data in one piece", 65280, 1, "01abff", "\\# 3 01ABff"},
    {"data in pieces", 65280, 1, "01abff", "\\#\t3\n01 abff "},
    {"keys in other order", 64, 1, "0001 00 0003 0002 0035 0001 0003 02'h2'",
     "1 .  port=53  alpn=h2 "},
    {"quotes where none are needed", 64, 1,
     "0001 00 0003 0002 0035 0004 0004 c0000201 0000 0002 0003 0005 0001 ab",
     "1 . port=\"53\" ipv4hint=\"192.0.2.1\" mandatory=\"port\" ech=\"qw==\""},
    {"bare string", 64, 1, "0001 00 0007 0002 'a ' 0008 0001 'b'", "1 . key7=a\\032 key8=b"},
    {"known key by its number", 64, 1, "0001 00 0003 0002 0035", "1 . key3=53"},
    {"empty hint before a space", 64, 1, "0001 00 0004 0000 0002 0000",
     "1 . ipv4hint= no-default-alpn"},
    {"mandatory no-default-alpn", 64, 1, "0001 00 0000 0002 0002", "1 . mandatory=no-default-alpn"},
    {"empty quoted rest", 257, 1, "00 05'issue'", "0 issue \"\""},
    {"IPv4 in IPv6", 28, 1, "00000000000000000000ffff c0000201", "::ffff:192.0.2.1"},
    {"more of the address than the prefix leaves", 38, 1, "40 0000000000000001 <a>",
     "64 2001:db8::1 a."},
};

static void
record_types_are_formatted(void)
{
    check_formats(record_types, CHECK_COUNT(record_types));
}

static void
record_types_are_parsed(void)
{
    check_parses(record_types, CHECK_COUNT(record_types));
}

static void
service_parameters_are_formatted(void)
{
    check_formats(service_parameters, CHECK_COUNT(service_parameters));
}

static void
service_parameters_are_parsed(void)
{
    check_parses(service_parameters, CHECK_COUNT(service_parameters));
}

static void
edns_options_are_formatted(void)
{
    check_formats(edns_options, CHECK_COUNT(edns_options));
}

static void
edns_options_are_parsed(void)
{
    check_parses(edns_options, CHECK_COUNT(edns_options));
}

static void
other_data_are_formatted(void)
{
    check_formats(other_data, CHECK_COUNT(other_data));
}

static void
other_texts_are_parsed(void)
{
    check_parses(other_texts, CHECK_COUNT(other_texts));
}

/* A name of 255 octets with its root label is the longest; without one it counts as there. */
static void
long_names_are_told(void)
{
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    uint8_t name[260];
    for (size_t at = 0; at < 256; at += 4) {
        memcpy(name + at, "\3abc", 4);
    }
    name[252] = 1;
    name[253] = 'x';
    name[254] = 0;
    format(NM_DNS_TYPE_NS, NM_DNS_CLASS_IN, nm_span_of(name, 255), &b);
    CHECK_EQ(b.len, 254);
    format(NM_DNS_TYPE_NS, NM_DNS_CLASS_IN, nm_span_of(name, 254), &b);
    CHECK_EQ(b.len, 254);
    name[252] = 2;
    name[254] = 'x';
    name[255] = 0;
    format(NM_DNS_TYPE_NS, NM_DNS_CLASS_IN, nm_span_of(name, 255), &b);
    CHECK_BUFFER(b, ERROR_8);
    format(NM_DNS_TYPE_NS, NM_DNS_CLASS_IN, nm_span_of(name, 256), &b);
    CHECK_BUFFER(b, ERROR_8);
    nm_buffer_clear(&b);
}

static void
texts_are_refused(void)
{
    static const struct {
        const char *text;
        uint16_t type;
        uint64_t offset;
        const char *expected; /**< What the sentence ends with. */
    } rows[] = {
        {"1.2.3", 1, 0, "an IPv4 address"},
        {"::1", 1, 0, "an IPv4 address"},
        {"1.2.3.4", 28, 0, "an IPv6 address"},
        {"1.2.3.4 x", 1, 8, "nothing behind the last field"},
        {"a..b", 2, 0, "a domain name"},
        {"5 a\\", 15, 2, "a domain name"},
        {"5 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.", 15, 2,
         "a domain name"},
        {"65536 a.", 15, 0, "a number from 0 to 65535"},
        {"-1 a.", 15, 0, "a number from 0 to 65535"},
        {"a. b. 1 4294967296", 6, 8, "a number from 0 to 4294967295"},
        {"256 0 x", 257, 0, "a number from 0 to 255"},
        {"18446744073709551617 a.", 15, 0, "a number from 0 to 65535"},
        {"\"abc", 16, 0, "a quote at the end of the string"},
        {"\"a\" \"b\\x\"", 16, 6, "\\\", \\\\ or \\ and three digits up to 255"},
        {"\\25", 16, 0, "\\\", \\\\ or \\ and three digits up to 255"},
        {"\\256", 16, 0, "\\\", \\\\ or \\ and three digits up to 255"},
        {"\"a\x01\"", 16, 2, "printable ASCII or \\ and three digits"},
        {"1 8 2 ABC", 43, 6, "pairs of hexadecimal digits"},
        {"1 8 2 AX", 43, 6, "pairs of hexadecimal digits"},
        {"1 8 2 AB CD", 43, 9, "nothing behind the last field"},
        {"1 0 0 abc", 51, 6, "\"-\" or at most 255 pairs of hexadecimal digits"},
        {"1 0 0 - W", 50, 8, "base32hex of at most 255 octets"},
        {"b. A BOGUS", 47, 5, "a record type"},
        {"BOGUS 8", 46, 0, "a record type"},
        {"129 ::", 38, 0, "a prefix length from 0 to 128"},
        {"64", 38, 2, "an IPv6 address"},
        {"64 1.2.3.4", 38, 3, "an IPv6 address"},
        {"00-00-5e-00-53", 108, 0, "an address like 00-00-5e-00-53-2a"},
        {"00:00:5e:00:53:2a", 108, 0, "an address like 00-00-5e-00-53-2a"},
        {"00-00-5e-ef-10-00-00-2g", 109, 0, "an address like 00-00-5e-ef-10-00-00-2a"},
        {"1 2 http", 256, 4, "a string in quotes"},
        {"0 issue \"a", 257, 8, "a quote at the end of the string"},
        {"", 25, 0, "\\# and a number of octets"},
        {"\\#", 25, 0, "\\# and a number of octets"},
        {"\\#3", 25, 0, "\\# and a number of octets"},
        {"0102", 25, 0, "\\# and a number of octets"},
        {"\\# ", 25, 3, "a number of octets"},
        {"\\# x", 25, 3, "a number of octets"},
        {"\\# 2 01 0", 25, 8, "pairs of hexadecimal digits"},
        {"\\# 2 01", 25, 3, "as many octets as announced"},
        {"\\# 2 010203", 25, 3, "as many octets as announced"},
        {"\\# 65537 01", 25, 3, "as many octets as announced"},
        {"1 . foo=1", 64, 4, "the key of a service parameter"},
        {"1 . key65535=x", 64, 4, "the key of a service parameter"},
        {"1 . key=x", 64, 4, "the key of a service parameter"},
        {"1 . invalid key=x", 64, 4, "the key of a service parameter"},
        {"1 . portx=53", 64, 4, "the key of a service parameter"},
        {"1 . port", 64, 8, "= behind the key of a service parameter"},
        {"1 . no-default-alpn=x", 64, 19, "a space behind a service parameter"},
        {"1 . port=", 64, 9, "a port from 0 to 65535"},
        {"1 . port=65536", 64, 9, "a port from 0 to 65535"},
        {"1 . port=53 ipv4hint=1.2.3", 64, 21, "an IPv4 address"},
        {"1 . ipv4hint=1.2.3.4,", 64, 21, "an IPv4 address"},
        {"1 . ipv6hint=1.2.3.4", 64, 13, "an IPv6 address"},
        {"1 . ipv6hint=\"::", 64, 16, "a quote at the end of the list"},
        {"1 . mandatory=foo", 64, 14, "the key of a service parameter"},
        {"1 . alpn=", 64, 9, "the value of a service parameter"},
        {"1 . key7=", 64, 9, "the value of a service parameter"},
        {"1 . alpn=\"h2", 64, 9, "a quote at the end of the string"},
        {"1 . alpn=\" h2\" foo=1", 64, 15, "the key of a service parameter"},
        {"1 . alpn=\"h2\"x", 64, 13, "a space behind a service parameter"},
        {"1 . key7=\"h2\"x", 64, 13, "a space behind a service parameter"},
        {"1 . alpn=\"a\\\\b\"", 64, 13, "\\\\\\\\ or \\\\,"},
        {"1 . alpn=\"a\\\\\"", 64, 13, "\\\\\\\\ or \\\\,"},
        {"1 . alpn=\"\\x\"", 64, 10, "\\\", \\\\ or \\ and three digits up to 255"},
        {"1 . alpn=\"\\\\\\x\"", 64, 12, "\\\", \\\\ or \\ and three digits up to 255"},
        {"NSID: 61", 41, 0, "the name of an EDNS option"},
        {"OPT=65536: (\"\")", 41, 0, "the name of an EDNS option"},
        {"OPT=8: (\"\")", 41, 0, "the name of an EDNS option"},
        {"OPT=15: (\"\")", 41, 0, "the name of an EDNS option"},
        {"OPT=3:(\"\")", 41, 0, "the name of an EDNS option"},
        {"OPT=3: 6 (\"a\")", 41, 7, "pairs of hexadecimal digits and (\""},
        {"OPT=3: 61 (\"b\")", 41, 12, "the octets once more"},
        {"OPT=3: 61 62 (\"a", 41, 15, "as many characters as octets"},
        {"OPT=3: 61 (\"ab\")", 41, 13, "\")"},
        {"OPT=3: (\"\") OPT=4: (\"\")", 41, 11, "a newline behind an EDNS option"},
        {"CLIENT-SUBNET: x/1/2", 41, 15, "an address and /"},
        {"CLIENT-SUBNET: 1.2.3.4", 41, 15, "an address and /"},
        {"CLIENT-SUBNET: 1.2.3.4/24", 41, 23, "the number of an EDNS option"},
        {"CLIENT-SUBNET: 1.2.3.4/256/0", 41, 23, "the number of an EDNS option"},
        {"CLIENT-SUBNET: 1.2.3.4/24/x", 41, 26, "the number of an EDNS option"},
        {"EDE: x", 41, 5, "the number of an EDNS option"},
        {"EDE: 0 (Stale Answer): ()", 41, 8, "Other Error"},
        {"EDE: 25 ()", 41, 7, ": and the text of an error in parentheses"},
        {"EDE: 25: (abc", 41, 13, ") and nothing but printable ASCII before"},
        {"EDE: 25: (a\xe9)", 41, 11, ") and nothing but printable ASCII before"},
        {"\"a\"  ### PARSE ERROR ###", 16, 0, "text that does not tell a parse error"},
        {" ### PARSE ERROR #3 ###", 2, 0, "text that does not tell a parse error"},
        {"a. 1 ### PARSE ERROR #12 ###", 30, 0, "text that does not tell a parse error"},
    };
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    CHECK_EQ(nm_buffer_append(&b, nm_span_of_text("before")), NM_OK);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].text);
        char sentence[128];
        nm_error err = {.code = NM_OK};
        nm_span text = nm_span_of_text(rows[i].text);
        snprintf(sentence, sizeof sentence, "record data: expected %s", rows[i].expected);
        CHECK_EQ(nm_dns_rdata_parse(text, rows[i].type, NM_DNS_CLASS_IN, &b, &err), NM_E_PARSE);
        CHECK_EQ(err.code, NM_E_PARSE);
        CHECK_EQ(err.offset, rows[i].offset);
        CHECK_TEXT(err.message, strlen(err.message), sentence);
        CHECK_EQ(nm_dns_rdata_parse(text, rows[i].type, NM_DNS_CLASS_IN, &b, NULL), NM_E_PARSE);
        CHECK_BUFFER(b, "before");
    }
    nm_buffer_clear(&b);
}

static void
another_class_takes_no_text(void)
{
    nm_buffer b;
    nm_error err = {.code = NM_OK};
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    CHECK_EQ(
        nm_dns_rdata_parse(nm_span_of_text(" 1.2.3.4"), NM_DNS_TYPE_A, NM_DNS_CLASS_CH, &b, &err),
        NM_E_PARSE);
    CHECK_EQ(err.offset, 1);
    CHECK_EQ(nm_dns_rdata_parse(nm_span_of(NULL, 0), NM_DNS_TYPE_A, NM_DNS_CLASS_CH, &b, NULL),
             NM_OK);
    CHECK_EQ(b.len, 0);
    nm_buffer_clear(&b);
}

/* Text of a head, `count` times a piece, and a tail. */
static void
sizes_are_limited(void)
{
    static const struct {
        const char *name;
        uint16_t type;
        const char *head;
        const char *piece;
        size_t count;
        const char *tail;
        nm_status status;
    } rows[] = {
        {"string", NM_DNS_TYPE_TXT, "", "x", 255, "", NM_OK},
        {"string too long", NM_DNS_TYPE_TXT, "", "x", 256, "", NM_E_PARSE},
        {"data", NM_DNS_TYPE_NULL, "", "ab", 65535, "", NM_OK},
        {"data too long", NM_DNS_TYPE_NULL, "", "ab", 65536, "", NM_E_LIMIT},
        {"generic data", 65280, "\\# 65535", " ab", 65535, "", NM_OK},
        {"generic data too long", 65280, "\\# 65536", " ab", 65536, "", NM_E_LIMIT},
        {"salt", NM_DNS_TYPE_NSEC3PARAM, "1 0 0 ", "ab", 255, "", NM_OK},
        {"salt too long", NM_DNS_TYPE_NSEC3PARAM, "1 0 0 ", "ab", 256, "", NM_E_PARSE},
        {"hash", NM_DNS_TYPE_NSEC3, "1 0 0 - ", "V", 408, "", NM_OK},
        {"hash too long", NM_DNS_TYPE_NSEC3, "1 0 0 - ", "V", 410, "", NM_E_PARSE},
        {"protocol", NM_DNS_TYPE_SVCB, "1 . alpn=", "x", 255, ",y", NM_OK},
        {"protocol too long", NM_DNS_TYPE_SVCB, "1 . alpn=", "x", 256, ",y", NM_E_PARSE},
        {"last protocol too long", NM_DNS_TYPE_SVCB, "1 . alpn=y,", "x", 256, "", NM_E_PARSE},
        {"value too long", NM_DNS_TYPE_SVCB, "1 . key7=", "x", 65536, "", NM_E_LIMIT},
    };
    nm_buffer b;
    nm_buffer_init(&b, ROOM, &nm_allocator_heap);
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].name);
        octets text = {0};
        nm_error err = {.code = NM_OK};
        octets_put_span(&text, nm_span_of_text(rows[i].head));
        for (size_t n = 0; n < rows[i].count; n++) {
            octets_put_span(&text, nm_span_of_text(rows[i].piece));
        }
        octets_put_span(&text, nm_span_of_text(rows[i].tail));
        b.len = 0;
        CHECK_EQ(nm_dns_rdata_parse(octets_span(&text), rows[i].type, NM_DNS_CLASS_IN, &b, &err),
                 rows[i].status);
        CHECK_EQ(err.code, rows[i].status);
        CHECK_EQ(b.len > 0, rows[i].status == NM_OK);
        octets_free(&text);
    }
    nm_buffer_clear(&b);
}

static void
buffers_that_are_full_are_told(void)
{
    for (size_t max = 0; max < 12; max++) {
        nm_buffer b;
        nm_error err = {.code = NM_OK};
        nm_buffer_init(&b, max, &nm_allocator_heap);
        nm_status status = nm_dns_rdata_parse(nm_span_of_text("1 2 3 a.example."), NM_DNS_TYPE_SRV,
                                              NM_DNS_CLASS_IN, &b, &err);
        CHECK_EQ(status, NM_E_LIMIT);
        CHECK_EQ(err.code, NM_E_LIMIT);
        CHECK_EQ(b.len, 0);
        nm_buffer_clear(&b);
    }
}

/* Everything that is written needs memory here and there. */
static void
parse_without_memory(failing_allocator *memory)
{
    static const rdata_row *const tables[] = {record_types, service_parameters, edns_options};
    static const size_t counts[] = {CHECK_COUNT(record_types), CHECK_COUNT(service_parameters),
                                    CHECK_COUNT(edns_options)};
    for (size_t table = 0; table < CHECK_COUNT(tables); table++) {
        for (size_t i = 0; i < counts[table]; i++) {
            const rdata_row *row = &tables[table][i];
            nm_buffer b;
            nm_error err = {.code = NM_OK};
            nm_buffer_init(&b, ROOM, &memory->allocator);
            nm_status status =
                nm_dns_rdata_parse(nm_span_of_text(row->text), row->type, row->rrclass, &b, &err);
            CHECK(status == NM_OK || status == NM_E_NOMEM);
            CHECK_EQ(err.code, status);
            nm_buffer_clear(&b);
        }
    }
}

static void
format_without_memory(failing_allocator *memory)
{
    for (size_t i = 0; i < CHECK_COUNT(record_types); i++) {
        nm_buffer b;
        nm_buffer_init(&b, ROOM, &memory->allocator);
        dns_octets rdata = dns_octets_of(record_types[i].octets);
        nm_writer w = nm_writer_begin(&b);
        nm_dns_rdata_format(&w, record_types[i].type, record_types[i].rrclass,
                            dns_octets_span(&rdata));
        nm_status status = nm_writer_end(&w);
        CHECK(status == NM_OK || status == NM_E_NOMEM);
        nm_buffer_clear(&b);
    }
}

static void
missing_memory_is_told(void)
{
    sweep_result parsing = failing_allocator_sweep(parse_without_memory, 1000);
    sweep_result formatting = failing_allocator_sweep(format_without_memory, 1000);
    CHECK(parsing.is_complete && parsing.failures > 50);
    CHECK(formatting.is_complete && formatting.failures > 50);
    CHECK_EQ(parsing.leaks + formatting.leaks, 0);
}

CHECK_MAIN(CHECK_TEST(record_types_are_formatted), CHECK_TEST(record_types_are_parsed),
           CHECK_TEST(service_parameters_are_formatted), CHECK_TEST(service_parameters_are_parsed),
           CHECK_TEST(edns_options_are_formatted), CHECK_TEST(edns_options_are_parsed),
           CHECK_TEST(other_data_are_formatted), CHECK_TEST(other_texts_are_parsed),
           CHECK_TEST(long_names_are_told), CHECK_TEST(texts_are_refused),
           CHECK_TEST(another_class_takes_no_text), CHECK_TEST(sizes_are_limited),
           CHECK_TEST(buffers_that_are_full_are_told), CHECK_TEST(missing_memory_is_told))
