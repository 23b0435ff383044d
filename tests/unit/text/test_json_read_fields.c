/* SPDX-License-Identifier: Apache-2.0 */
#include "text/json_read_fields.h"

#include "check.h"
#include "message/registry.h"
#include "text/json_record.h"

enum { OUT_MAX = 1 << 20 };

/* Read a record of the type with this message. */
static nm_status
read_message(const char *vname, const char *mname, const char *message, nm_buffer *data,
             nm_error *err)
{
    char text[2000];
    nm_payload out;
    int len = snprintf(text, sizeof text, "{\"vname\":\"%s\",\"mname\":\"%s\",\"message\":%s}",
                       vname, mname, message);
    CHECK(len > 0 && (size_t)len < sizeof text);
    return nm_json_record_read(nm_span_of(text, (size_t)len), 1, NULL, 0, 0, data, &out, err);
}

typedef struct good_row {
    const char *mname;
    const char *message;
    const char *octets; /* The serialized message. */
    size_t len;
} good_row;

static void
check_good(const char *vname, const good_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_CASE(rows[i].message);
        nm_buffer data;
        nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
        CHECK_EQ(read_message(vname, rows[i].mname, rows[i].message, &data, NULL), NM_OK);
        CHECK_SPAN(nm_buffer_span(&data), nm_span_of(rows[i].octets, rows[i].len));
        nm_buffer_clear(&data);
    }
}

#define OCTETS(text) text, sizeof(text) - 1

static void
base_messages(void)
{
    static const good_row rows[] = {
        {"logline", "{}", OCTETS("")},
        {"logline", "{\"category\":null}", OCTETS("")},
        {"logline", "{\"category\":\"\"}", OCTETS("\x0a\1\0")},
        {"logline", "{\"message\":\"y\",\"category\":\"x\"}", OCTETS("\x0a\2x\0\x12\2y\0")},
        {"logline", "{\"category\":\"a\",\"category\":\"b\"}", OCTETS("\x0a\2b\0")},
        {"logline", "{\"category\":\"a\",\"category\":null}", OCTETS("")},
        {"logline", "{\"category\":\"a\\u0000b\"}", OCTETS("\x0a\2a\0")},
        {"logline", "{\"category\":\"\\u00e9\\ud83d\\ude00\\ud800\"}",
         OCTETS("\x0a\x0a\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbd\0")},
        {"logline", "{\"category\":\"\xff\"}", OCTETS("\x0a\4\xef\xbf\xbd\0")},
        {"logline", "{\"unknown\":{\"a\":[1,2]},\"category\":\"x\"}", OCTETS("\x0a\2x\0")},
        {"logline", "{\"c\\u0061tegory\":\"x\"}", OCTETS("\x0a\2x\0")},
        {"email", "{\"type\":\"SpamTrap\"}", OCTETS("\x40\1")},
        {"email", "{\"type\":4}", OCTETS("\x40\4")},
        {"email", "{\"type\":99}", OCTETS("\x40\x63")},
        {"email", "{\"type\":-1}", OCTETS("\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")},
        {"email", "{\"type\":4294967295}", OCTETS("\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")},
        {"email", "{\"rcpt\":[]}", OCTETS("")},
        {"email", "{\"rcpt\":null}", OCTETS("")},
        {"email", "{\"bodyurl\":[\"z\"],\"rcpt\":[\"x\",\"y\"]}",
         OCTETS("\x3a\2x\0\x3a\2y\0\x4a\2z\0")},
        {"packet", "{}", OCTETS("\x08\0\x12\0")},
        {"packet", "{\"payload_type\":\"ip\",\"payload\":\"eno=\"}", OCTETS("\x08\1\x12\2zz")},
        {"packet", "{\"payload\":\"e n\\no\"}", OCTETS("\x08\0\x12\2zz")},
        {"packet", "{\"payload\":\"\\u0065no=\"}", OCTETS("\x08\0\x12\2zz")},
        {"packet", "{\"payload\":\"!!!!\"}", OCTETS("\x08\0\x12\0")},
        {"packet", "{\"payload\":{\"val\":[1],\"b64\":\"eno=\"}}", OCTETS("\x08\0\x12\2zz")},
        {"packet", "{\"payload\":{\"b64\":1,\"b\\u00364\":\"eno=\"}}", OCTETS("\x08\0\x12\2zz")},
        {"http", "{\"srcip\":\"1.2.3.4\",\"srcport\":65535,\"dstip\":\"::1\",\"p0f_dist\":-32768}",
         OCTETS("\x08\0\x12\4\1\2\3\4\x20\xff\xff\3\x2a\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
                "\x98\4\x80\x80\xfe\xff\xff\xff\xff\xff\xff\1")},
        {"http", "{\"srcip\":null,\"srcport\":-0,\"p0f_uptime\":2147483647}",
         OCTETS("\x08\0\x20\0\xd8\4\xff\xff\xff\xff\7")},
        {"dns", "{\"rrname\":\"\",\"qname\":\".\"}", OCTETS("\x0a\1\0\x3a\1\0")},
        {"dns", "{\"rrname\":\"a.Example\"}", OCTETS("\x0a\x0b\1a\7Example\0")},
        {"dns", "{\"rrname\":\"a\\\\.b\\\\032.\"}", OCTETS("\x0a\6\4a.b \0")},
        {"dns", "{\"rrtype\":\"type99\",\"rrclass\":\"class5\"}", OCTETS("\x10\x63\x18\5")},
        {"dns", "{\"rrtype\":\"aaaa\",\"rrclass\":\"ch\"}", OCTETS("\x10\x1c\x18\3")},
        {"dns", "{\"rdata\":[\"1.2.3.4\",\"5.6.7.8\"],\"rrclass\":\"IN\",\"rrtype\":\"A\"}",
         OCTETS("\x10\1\x18\1\x2a\4\1\2\3\4\x2a\4\5\6\7\x08")},
        {"dns", "{\"rdata\":[\"\\\"x\\\"\"],\"rrclass\":\"IN\",\"rrtype\":\"\\u0054XT\"}",
         OCTETS("\x10\x10\x18\1\x2a\2\1x")},
        {"dns", "{\"rdata\":[]}", OCTETS("")},
        {"dnsqr", "{\"proto\":\"udp\",\"rcode\":\"nxdomain\"}",
         OCTETS("\x08\0\x12\0\x1a\0\x20\x11\x28\0\x30\0\x38\0\x58\3")},
        {"dnsqr", "{\"proto\":\"99x\",\"rcode\":\"0x0b\",\"delay\":1.5,\"dns\":\"ignored\"}",
         OCTETS("\x08\0\x12\0\x1a\0\x20\x63\x28\0\x30\0\x38\0\x58\x0b")},
        {"dnsqr",
         "{\"query_time_sec\":[1,-1],\"query_time_nsec\":[5],\"udp_checksum\":\"CORRECT\"}",
         OCTETS("\x08\0\x12\0\x1a\0\x20\0\x28\0\x30\0\x38\0\x68\1\x68\xff\xff\xff\xff\xff\xff\xff"
                "\xff\xff\1\x75\5\0\0\0\xa8\1\3")},
        {"dnsobs", "{\"time\":\"18446744073709551615x\",\"sensor_id\":\"0xffffffff\"}",
         OCTETS("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\x12\0\x1a\0\x20\0\x28\0\x30\0\x55\xff"
                "\xff\xff\xff")},
        {"dnsobs", "{\"time\":18446744073709551615,\"response\":\"YWJj\"}",
         OCTETS("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\x12\0\x1a\0\x20\0\x28\0\x30\0\x3a\3"
                "abc")},
    };
    check_good("base", rows, CHECK_COUNT(rows));
}

static void
sie_messages(void)
{
    static const good_row rows[] = {
        {"delay", "{\"delay\":0.5,\"response_time_sec\":-1}",
         OCTETS("\x0a\0\x12\0\x19\0\0\0\0\0\0\xe0\x3f\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")},
        {"delay", "{\"delay\":1}", OCTETS("\x0a\0\x12\0\x19\0\0\0\0\0\0\xf0\x3f\x20\0")},
        {"delay", "{\"delay\":-1e999}", OCTETS("\x0a\0\x12\0\x19\0\0\0\0\0\0\xf0\xff\x20\0")},
        {"delay", "{\"query_ip\":null}", OCTETS("\x0a\0\x12\0\x19\0\0\0\0\0\0\0\0\x20\0")},
        {"newdomain",
         "{\"new_domain\":true,\"new_rrname\":false,\"new_rrtype\":5,\"new_rr\":"
         "[0,\"TRUE\",\"False\",true]}",
         OCTETS("\x98\1\1\xa0\1\0\xa8\1\1\xb0\1\0\xb0\1\1\xb0\1\0\xb0\1\1")},
        {"dnsdedupe", "{\"rrclass\":\"CLASS77\"}", OCTETS("\x18\x4d")},
        {"dnsdedupe", "{\"response\":\"whatever\",\"count\":5}", OCTETS("\x50\5")},
        {"dnsdedupe", "{\"response\":[1],\"count\":5}", OCTETS("\x50\5")},
        {"dnsdedupe",
         "{\"time_first\":\"1970-01-01 00:00:00\",\"time_last\":\"2106-02-07 06:28:15\"}",
         OCTETS("\x58\0\x60\xff\xff\xff\xff\x0f")},
    };
    check_good("SIE", rows, CHECK_COUNT(rows));
}

static void
bad_values(void)
{
    static const struct {
        const char *vname;
        const char *mname;
        const char *message;
        const char *expected; /* Behind "expected". */
    } rows[] = {
        {"base", "logline", "{\"category\":5}", "category to be a string, found 5"},
        {"base", "logline", "{\"category\":true}", "category to be a string, found true"},
        {"base", "logline", "{\"category\":[]}", "category to be a string, found an array"},
        {"base", "email", "{\"type\":\"nope\"}",
         "type to be one of its symbols or a 32-bit integer, found \"nope\""},
        {"base", "email", "{\"type\":4294967296}",
         "type to be one of its symbols or a 32-bit integer, found 4294967296"},
        {"base", "email", "{\"type\":-2147483649}",
         "type to be one of its symbols or a 32-bit integer, found -2147483649"},
        {"base", "email", "{\"type\":1.0}",
         "type to be one of its symbols or a 32-bit integer, found 1.0"},
        {"base", "email", "{\"rcpt\":\"a\"}", "rcpt to be an array, found \"a\""},
        {"base", "email", "{\"rcpt\":\"[\"}", "rcpt to be an array, found \"[\""},
        {"base", "email", "{\"rcpt\":{}}", "rcpt to be an array, found an object"},
        {"base", "email", "{\"rcpt\":[\"a\",null]}", "rcpt to be a string, found null"},
        {"base", "email", "{\"rcpt\":[\"a\",5]}", "rcpt to be a string, found 5"},
        {"base", "pkt", "{\"payload\":5}",
         "payload to be a base64 string or an object with one as b64, found 5"},
        {"base", "pkt", "{\"payload\":{\"val\":\"x\"}}",
         "payload to be a base64 string or an object with one as b64, found an object"},
        {"base", "pkt", "{\"payload\":{\"b64\":null}}",
         "payload to be a base64 string or an object with one as b64, found an object"},
        {"base", "pkt", "{\"len_frame\":-1}",
         "len_frame to be an integer from 0 to 4294967295, found -1"},
        {"base", "pkt", "{\"len_frame\":4294967296}",
         "len_frame to be an integer from 0 to 4294967295, found 4294967296"},
        {"base", "http", "{\"srcip\":\"1.2.3.256\"}",
         "srcip to be an IP address, found \"1.2.3.256\""},
        {"base", "http", "{\"srcip\":\"\"}", "srcip to be an IP address, found \"\""},
        {"base", "http", "{\"srcip\":5}", "srcip to be an IP address, found 5"},
        {"base", "http", "{\"srcport\":65536}",
         "srcport to be an integer from 0 to 65535, found 65536"},
        {"base", "http", "{\"srcport\":-1}", "srcport to be an integer from 0 to 65535, found -1"},
        {"base", "http", "{\"srcport\":\"5\"}",
         "srcport to be an integer from 0 to 65535, found \"5\""},
        {"base", "http", "{\"srcport\":5.0}",
         "srcport to be an integer from 0 to 65535, found 5.0"},
        {"base", "http", "{\"srcport\":99999999999999999999}",
         "srcport to be an integer from 0 to 65535, found 99999999999999999999"},
        {"base", "http", "{\"p0f_dist\":32768}",
         "p0f_dist to be an integer from -32768 to 32767, found 32768"},
        {"base", "http", "{\"p0f_dist\":-32769}",
         "p0f_dist to be an integer from -32768 to 32767, found -32769"},
        {"base", "http", "{\"p0f_uptime\":2147483648}",
         "p0f_uptime to be an integer from -2147483648 to 2147483647, found 2147483648"},
        {"base", "dns", "{\"rrname\":\"a..b\"}", "rrname to be a domain name, found \"a..b\""},
        {"base", "dns", "{\"rrname\":5}", "rrname to be a domain name, found 5"},
        {"base", "dns", "{\"rrtype\":\"BOGUS\"}", "rrtype to be a record type, found \"BOGUS\""},
        {"base", "dns", "{\"rrtype\":1}", "rrtype to be a record type, found 1"},
        {"base", "dns", "{\"rrclass\":\"BOGUS\"}", "rrclass to be a class, found \"BOGUS\""},
        {"base", "dns", "{\"rdata\":[\"x\"],\"rrtype\":\"A\"}",
         "rdata to be in a message with type and class of the record, found \"x\""},
        {"base", "dns", "{\"rdata\":[\"x\"],\"rrclass\":\"IN\",\"rrtype\":null}",
         "rdata to be in a message with type and class of the record, found \"x\""},
        {"base", "dns", "{\"rdata\":[5],\"rrclass\":\"IN\",\"rrtype\":\"A\"}",
         "rdata to be record data, found 5"},
        {"base", "dnsqr", "{\"proto\":\"x\"}",
         "proto to be a protocol name or number as a string, found \"x\""},
        {"base", "dnsqr", "{\"proto\":17}",
         "proto to be a protocol name or number as a string, found 17"},
        {"base", "dnsqr", "{\"rcode\":\"16\"}", "rcode to be a response code, found \"16\""},
        {"base", "dnsqr", "{\"timeout\":\"1.5\"}", "timeout to be a number, found \"1.5\""},
        {"base", "dnsqr", "{\"query_time_sec\":[9223372036854775808]}",
         "query_time_sec to be an integer from -9223372036854775808 to 9223372036854775807, found "
         "9223372036854775808"},
        {"base", "dnsobs", "{\"sensor_id\":\"100000000\"}",
         "sensor_id to be a string of up to eight hexadecimal digits, found \"100000000\""},
        {"base", "dnsobs", "{\"sensor_id\":5}",
         "sensor_id to be a string of up to eight hexadecimal digits, found 5"},
        {"base", "dnsobs", "{\"time\":\"x\"}",
         "time to be an integer from 0 to 18446744073709551615, found \"x\""},
        {"base", "dnsobs", "{\"time\":-1}",
         "time to be an integer from 0 to 18446744073709551615, found -1"},
        {"SIE", "dnsdedupe", "{\"time_first\":5}",
         "time_first to be a time from 1970-01-01 00:00:00 to 2106-02-07 06:28:15, found 5"},
        {"SIE", "dnsdedupe", "{\"time_first\":\"2106-02-07 06:28:16\"}",
         "time_first to be a time from 1970-01-01 00:00:00 to 2106-02-07 06:28:15, found "
         "\"2106-02-07 06:28:16\""},
        {"SIE", "dnsdedupe", "{\"time_first\":\"2020-01-02 03:04:05.5\"}",
         "time_first to be a time from 1970-01-01 00:00:00 to 2106-02-07 06:28:15, found "
         "\"2020-01-02 03:04:05.5\""},
        {"SIE", "newdomain", "{\"new_domain\":\"yes\"}",
         "new_domain to be true or false, found \"yes\""},
        {"SIE", "newdomain", "{\"new_domain\":1.5}", "new_domain to be true or false, found 1.5"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        CHECK_CASE(rows[i].expected);
        nm_buffer data;
        nm_error err = {.code = NM_OK};
        nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
        CHECK_EQ(read_message(rows[i].vname, rows[i].mname, rows[i].message, &data, &err),
                 NM_E_PARSE);
        const char *expected = strstr(err.message, "expected ");
        CHECK(expected != NULL && strcmp(expected + 9, rows[i].expected) == 0);
        nm_buffer_clear(&data);
    }
}

static void
record_data_are_checked(void)
{
    nm_buffer data;
    nm_error err = {.code = NM_OK};
    nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
    CHECK_EQ(read_message("base", "dns",
                          "{\"rdata\":[\"bogus\"],\"rrclass\":\"IN\",\"rrtype\":\"A\"}", &data,
                          &err),
             NM_E_PARSE);
    CHECK(strstr(err.message, "expected rdata to be record data of its type (") != NULL);
    CHECK(strstr(err.message, "), found \"bogus\"") != NULL);
    nm_buffer_clear(&data);
}

/* Lengths around those that take one more octet. */
static void
lengths_of_all_sizes(void)
{
    static const size_t lens[] = {0, 1, 125, 126, 127, 128, 129, 16381, 16382, 16383, 16384};
    static char text[20000];
    for (size_t i = 0; i < CHECK_COUNT(lens); i++) {
        nm_buffer data;
        nm_payload out;
        nm_buffer_init(&data, OUT_MAX, &nm_allocator_heap);
        size_t front = (size_t)snprintf(
            text, sizeof text,
            "{\"vname\":\"base\",\"mname\":\"logline\",\"message\":{\"category\":\"");
        memset(text + front, 'x', lens[i]);
        memcpy(text + front + lens[i], "\"}}", 3);
        CHECK_EQ(nm_json_record_read(nm_span_of(text, front + lens[i] + 3), 1, NULL, 0, 0, &data,
                                     &out, NULL),
                 NM_OK);
        size_t stored = lens[i] + 1; /* With its NUL. */
        size_t lead = stored < 128 ? 2 : stored < 16384 ? 3 : 4;
        CHECK_EQ(data.len, lead + stored);
        CHECK_EQ(data.data[1], lead == 2 ? stored : (stored % 128) | 128);
        CHECK_SPAN(nm_span_of(data.data + lead, lens[i]), nm_span_of(text + front, lens[i]));
        CHECK_EQ(data.data[data.len - 1], 0);
        nm_buffer_clear(&data);
    }
}

CHECK_MAIN(CHECK_TEST(base_messages), CHECK_TEST(sie_messages), CHECK_TEST(bad_values),
           CHECK_TEST(record_data_are_checked), CHECK_TEST(lengths_of_all_sizes))
