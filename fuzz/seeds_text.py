# SPDX-License-Identifier: Apache-2.0
"""Seeds of the targets that read text."""

import struct
from collections.abc import Callable, Iterator

Seeds = Iterator[tuple[str, bytes]]

# ---------------------------------------------------------------------------------------------
# JSON of any kind

JSON_VALUES = {
    "empty": "",
    "spaces": " \t\r\n",
    "words": "[true, false, null]",
    "word-cut": "[nul",
    "word-wrong": "trye",
    "integers": "[0, -0, 1, -1, 18446744073709551615, 9223372036854775808, 123456789012345678901]",
    "reals": "[0.5, -1.25, 1e3, 1E-3, 1.5e+10, 0.1, 1e22, 1e23, 0.333333333333333315]",
    "reals-extreme": "[1e308, 1.7976931348623157e308, 1e309, -1e999, 4.9e-324, 2.5e-324, 1e-999]",
    "reals-subnormal": "[2.2250738585072011e-308, 2.225073858507201136e-308, 1e-310, 3e-320]",
    "reals-halfway": "[9007199254740993, 9007199254740993.0000000000000000001, 1e16, 5e-324]",
    "reals-exponents": "[0e99999999999999999999, 1e99999999999999999999, 1e-99999999999999999999]",
    "reals-long": "[" + "123456789" * 90 + ".5, 0." + "0" * 400 + "1, " + "9" * 330 + "]",
    "reals-long-tail": "[1." + "0" * 850 + "1, 1." + "0" * 850 + "e5, 8." + "1" * 900 + "e-300]",
    "number-zeros": "[01]",
    "number-minus": "-",
    "number-point": "1.",
    "number-exponent": "1e+",
    "number-alone": "42",
    "strings": '["", "plain", "\\"\\\\\\/\\b\\f\\n\\r\\t", "\\u0041\\u00e9\\u20ac\\u0000"]',
    "string-utf8": '"caf\u00e9 \u20ac \U0001f600 \uffff \U0010ffff"',
    "string-surrogates": '"\\ud83d\\ude00 \\ud800 \\udc00 \\ud800\\ud800\\udc00 \\ud800x \\ud800"',
    "string-surrogate-cut": '"\\ud800\\n\\udbff\\u0041"',
    "string-open": '"abc',
    "string-control": '"a\nb"',
    "string-escape": '"\\x"',
    "string-escape-cut": '"\\',
    "string-hex": '"\\u12g4"',
    "string-hex-cut": '"\\u12',
    "string-long": '"' + "x" * 500 + "\\n" * 500 + '"',
    "array-empty": "[]",
    "array-comma": "[1,]",
    "array-no-comma": "[1 2]",
    "array-open": "[1",
    "array-wrong-end": "[1}",
    "object": '{"a": 1, "b": [1, {"c": null}], "a": {"d": {}}, "\\u0061": ""}',
    "object-empty": " { } ",
    "object-no-colon": '{"a" 1}',
    "object-no-key": "{1: 2}",
    "object-comma": '{"a": 1,}',
    "object-open": '{"a": 1',
    "object-cut": '{"a"',
    "object-no-value": '{"a":',
    "trailing": "{} {}",
    "comment": "[1] // no",
    "quotes": "{'a': 1}",
    "nan": "[NaN, Infinity]",
    "deep": "[" * 64 + "]" * 64,
    "deeper": "[" * 65 + "]" * 65,
    "deep-objects": '{"a":' * 63 + "{}" + "}" * 63,
    "time": "2020-02-29 23:59:60.000000005",
    "time-bare": "1999-12-31 00:00:00",
    "time-year-0": "0000-02-29 00:00:00.999999999",
    "time-no-digits": "1999-12-31 00:00:00.",
    "time-bad-day": "2100-02-29 00:00:00",
    "time-bad-month": "2100-13-01 00:00:00",
    "time-bad-form": "2020-01-02T03:04:05",
    "time-long": "2020-01-02 03:04:05.1000000000",
    "base64": "aGVsbG8gd29ybGQ=",
    "base64-skipping": "aG V\ns=bG-8/_+.",
    "real-text": "-1.5e-7",
}

JSON_OCTETS = {
    "not-utf8": b'"\xff\xc3 \x80 \xe2\x82 \xf0\x9f\x98 \xf8\x88\x80\x80\x80"',
    "overlong": b'"\xc0\x80 \xc1\xbf \xe0\x9f\xbf \xf0\x8f\xbf\xbf"',
    "surrogate-octets": b'"\xed\xa0\x80 \xed\xbf\xbf \xf4\x90\x80\x80 \xf7\xbf\xbf\xbf"',
    "nul-segments": b"a\0b\xffc\0d\xc0\x80\0\0e",
    "controls": bytes(range(48)) + b"\x7f\\",
    "nul-in-text": b"[1\0]",
    "octet-0": b"\0",
}


def json_value_seeds() -> Seeds:
    for name, text in JSON_VALUES.items():
        yield name, text.encode()
    yield from JSON_OCTETS.items()


# ---------------------------------------------------------------------------------------------
# Records


def record(message: str, mname: str = "logline", vname: str = "base", more: str = "") -> str:
    return f'{{"vname":"{vname}","mname":"{mname}",{more}"message":{message}}}'


def sie(message: str, mname: str = "dnsdedupe") -> str:
    return record(message, mname, "SIE")


def rr(rrtype: str, *rdata: str, rrclass: str = "IN") -> str:
    texts = ",".join(f'"{text}"' for text in rdata)
    types = f'"rrclass":"{rrclass}","rrtype":"{rrtype}"'
    return record(f'{{"rrname":"a.example.",{types},"rrttl":5,"rdata":[{texts}]}}', "dns")


HTTP = (
    '{"type":"sinkhole","srcip":"192.0.2.1","srchost":"h","srcport":65535,"dstip":"2001:db8::1",'
    '"dstport":0,"request":"GET / HTTP/1.1\\r\\n","p0f_genre":"g","p0f_dist":-32768,"p0f_fw":1,'
    '"p0f_score":32767,"p0f_uptime":-2147483648}'
)
DNSQR = (
    '{"type":"UDP_QUERY_RESPONSE","query_ip":"192.0.2.1","response_ip":"192.0.2.2","proto":"UDP",'
    '"query_port":1,"response_port":53,"id":5,"qname":"a.","qclass":"IN","qtype":"A",'
    '"rcode":"NOERROR","query_packet":["RQAA","AA=="],"query_time_sec":[1],"query_time_nsec":[2],'
    '"response_packet":[],"response_time_sec":[1,-1],"response_time_nsec":[5],"timeout":1.5,'
    '"delay":1.0,"udp_checksum":"CORRECT","resolver_address_zeroed":true,"dns":"ignored",'
    '"tcp":"AA==","icmp":null}'
)
DEDUPE = (
    '{"type":"INSERTION","count":3,"time_first":"2020-01-02 03:04:05",'
    '"time_last":"2106-02-07 06:28:15","zone_time_first":"1970-01-01 00:00:00",'
    '"response_ip":"192.0.2.3","bailiwick":"example.","rrname":"a\\\\.b.example.","rrclass":"IN",'
    '"rrtype":"A","rrttl":300,"rdata":["192.0.2.1","192.0.2.2"],"response":"text"}'
)
NEWDOMAIN = (
    '{"domain":"example.","time_seen":"2020-01-02 03:04:05","rrname":"a.example.","rrclass":"CH",'
    '"rrtype":"TYPE65280","rdata":["\\\\# 2 01 ab "],"keys":["k","l"],"new_domain":true,'
    '"new_rrname":0,"new_rrtype":"FALSE","new_rr":[true,false,1,"True"]}'
)
DNSOBS = (
    '{"time":"1600000000","response_ip":"192.0.2.1","qname":"a.","qtype":"a","qclass":"CLASS77",'
    '"rcode":"0x0b","response":"EjSBgAABAAAAAAAAAWEAAAEAAQ==","query_zone":".","geoid":"AA==",'
    '"sensor_id":"0xdeadbeef"}'
)

RECORDS = {
    "logline": record('{"category":"c","message":"m"}'),
    "logline-strings": record('{"category":"a\\u0000b","message":"\\u00e9\\ud83d\\ude00\\n"}'),
    "logline-null": record('{"category":null}'),
    "logline-empty": record('{"category":"","unknown":{"a":[1]}}'),
    "logline-long": record('{"category":"' + "long text " * 40 + '","message":"\\n"}'),
    "header": record("{}", more='"time":"2020-01-02 03:04:05.000000006","source":"A1","group":6,'),
    "header-names": record("{}", more='"operator":"one","group":"nobody","source":161,'),
    "header-zeros": record("{}", more='"operator":0,"group":0,"source":0,"time":0,'),
    "header-escaped": '{"\\u0076name":"b\\u0061se","mname":"LOGLINE","message":{"c\\u0061":"x"}}',
    "header-escaped-time": record("{}", more='"time":"2020\\u002d01-02 03:04:05",'),
    "time-real": record("{}", more='"time":1577934245.5,'),
    "time-negative": record("{}", more='"time":-1.5,'),
    "time-tiny": record("{}", more='"time":-1e-20,'),
    "time-far": record("{}", more='"time":9223372036854775807,'),
    "time-far-back": record("{}", more='"time":-9223372036854775808,'),
    "time-too-far": record("{}", more='"time":1e19,'),
    "time-bad": record("{}", more='"time":"bogus",'),
    "time-null": record("{}", more='"time":null,'),
    "source-bad": record("{}", more='"source":"xyz",'),
    "source-null": record("{}", more='"source":null,'),
    "group-bad": record("{}", more='"group":-1,'),
    "order": '{"message":{"category":"x"},"mname":"logline","vname":"ISC"}',
    "order-array": '{"message":["x"],"mname":"logline","vname":"ISC"}',
    "twice": record("{}", more='"message":{"category":"first"},"message":{"message":"y"},'),
    "twice-type": '{"vname":"base","mname":"xml","message":{"xmltype":"t"},"mname":"logline"}',
    "message-missing": '{"vname":"base","mname":"logline"}',
    "message-null": record("null"),
    "message-array": record("[1,[2]]"),
    "message-broken": record('{"category":"x'),
    "message-array-broken": record("[1,[2]"),
    "vname-missing": '{"mname":"logline","message":{}}',
    "vname-number": '{"vname":1,"mname":"logline","message":{}}',
    "mname-unknown": record("{}", "nope"),
    "mname-missing": '{"vname":"base","message":{}}',
    "no-object": "[1]",
    "no-json": "{",
    "nothing": "",
    "trailing": record("{}") + " x",
    "spaces": " " + record("{ }").replace(",", " ,\t") + "\r\n",
    "http": record(HTTP, "http"),
    "http-range": record('{"srcport":65536}', "http"),
    "http-negative": record('{"srcport":-1}', "http"),
    "http-int16": record('{"p0f_dist":32768}', "http"),
    "http-int32": record('{"p0f_uptime":2147483648}', "http"),
    "http-real": record('{"srcport":1.0}', "http"),
    "http-ip": record('{"srcip":"192.0.2.256"}', "http"),
    "http-ip-null": record('{"srcip":null,"srchost":5}', "http"),
    "email": record('{"type":"SPAMTRAP","rcpt":["a","b"],"bodyurl":[],"body":"x\\ny"}', "email"),
    "email-number": record('{"type":4294967295}', "email"),
    "email-negative": record('{"type":-2147483648}', "email"),
    "email-nope": record('{"type":"nope"}', "email"),
    "email-real": record('{"type":1.5}', "email"),
    "email-no-array": record('{"rcpt":"a"}', "email"),
    "email-array-null": record('{"rcpt":["a",null]}', "email"),
    "email-null-array": record('{"rcpt":null}', "email"),
    "linkpair": record('{"src":"a"}', "linkpair"),
    "ipconn": record('{"proto":6,"srcip":"::1","srcport":1,"dstip":"::","dstport":2}', "ipconn"),
    "pkt": record('{"len_frame":1514,"payload":"aGVs\\/bG8="}', "pkt"),
    "pkt-object": record('{"payload":{"val":"x","b64":"x","\\u006264":"aGVsbG8="}}', "pkt"),
    "pkt-no-b64": record('{"payload":{"val":"x"}}', "pkt"),
    "pkt-number": record('{"payload":5}', "pkt"),
    "pkt-escapes": record('{"payload":"' + "\\u0041" * 300 + '"}', "pkt"),
    "pkt-long": record('{"payload":"' + "QUJD" * 100 + '"}', "pkt"),
    "encode-text": record('{"type":"TEXT","payload":"aGVsbG8="}', "encode"),
    "encode-json": record('{"type":"JSON","payload":"eyJhIjoKWzEsMl19DQo="}', "encode"),
    "encode-msgpack": record('{"type":3,"payload":"gaFhAQ=="}', "encode"),
    "dnsqr": record(DNSQR, "dnsqr"),
    "dnsqr-proto": record('{"proto":"132","rcode":"badvers"}', "dnsqr"),
    "dnsqr-proto-bad": record('{"proto":"xyz"}', "dnsqr"),
    "dnsqr-rcode-bad": record('{"rcode":"17"}', "dnsqr"),
    "dnsobs": record(DNSOBS, "dnsobs"),
    "dnsobs-hex": record('{"sensor_id":"123456789"}', "dnsobs"),
    "dnsobs-time": record('{"time":"x"}', "dnsobs"),
    "dnsobs-time-far": record('{"time":18446744073709551616}', "dnsobs"),
    "dnstap": record('{"identity":"bnM=","version":"MQ==","type":"MESSAGE"}', "dnstap"),
    "dedupe": sie(DEDUPE),
    "dedupe-no-type": sie('{"rdata":["192.0.2.1"]}'),
    "dedupe-empty-rdata": sie('{"rdata":[]}'),
    "dedupe-epoch": sie('{"time_first":"2106-02-07 06:28:16"}'),
    "dedupe-epoch-number": sie('{"time_first":5}'),
    "dedupe-name": sie('{"rrname":"a..b"}'),
    "dedupe-class": sie('{"rrclass":"CLASS77"}'),
    "newdomain": sie(NEWDOMAIN, "newdomain"),
    "newdomain-bool": sie('{"new_domain":"yes"}', "newdomain"),
    "newdomain-null": sie('{"new_domain":1.5}', "newdomain"),
    "delay": sie('{"query_ip":"::","response_ip":null,"delay":-0.25}', "delay"),
    "delay-integer": sie('{"delay":1}', "delay"),
    "delay-large": sie('{"delay":1e300,"response_time_sec":9223372036854775807}', "delay"),
    "delay-infinite": sie('{"delay":1e999}', "delay"),
    "delay-tiny": sie('{"delay":1.23456e-7}', "delay"),
    "delay-text": sie('{"delay":"0.5"}', "delay"),
    "delay-range": sie('{"response_time_sec":9223372036854775808}', "delay"),
    "qr": sie('{"type":0,"text":"x","num_response":1}', "qr"),
    "reputation": sie('{"type":"ADDRESS","tag":"t","address":"::ffff:1.2.3.4"}', "reputation"),
    "dns-a": rr("A", "192.0.2.1", "192.0.2.2"),
    "dns-txt": rr("TXT", '\\"x y\\" \\"z\\\\\\"\\\\001\\"'),
    "dns-txt-long": rr("TXT", '\\"' + "text " * 50 + '\\" \\"' + "more " * 40 + '\\"'),
    "dns-soa": rr("SOA", "a. b. 1 2 3 4 5"),
    "dns-type-99": rr("type99", "\\\\# 1 00 ", rrclass="class5"),
    "dns-bogus": rr("A", "bogus"),
    "dns-bogus-type": rr("BOGUS"),
    "dns-number-type": record('{"rrtype":1}', "dns"),
    "dns-number-name": record('{"rrname":1}', "dns"),
    "dns-number-rdata": record('{"rrtype":"A","rrclass":"IN","rdata":[1]}', "dns"),
}  # fmt: skip

# ---------------------------------------------------------------------------------------------
# Serialized messages, whose types are numbered as the registry has them

NCAP, EMAIL, HTTP_TYPE, LOGLINE, DNS, PKT, DNSQR_TYPE = 0, 1, 3, 5, 6, 7, 8
XML, ENCODE, DNSTAP, DNSOBS_TYPE, DNSDEDUPE, DELAY, NEWDOMAIN_TYPE = 9, 10, 12, 13, 14, 17, 18


def varint(value: int) -> bytes:
    value %= 2**64
    out = bytearray()
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    out.append(value)
    return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field * 8) + varint(value)


def octets(field: int, value: bytes) -> bytes:
    return varint(field * 8 + 2) + varint(len(value)) + value


def fixed32(field: int, value: int) -> bytes:
    return varint(field * 8 + 5) + value.to_bytes(4, "little")


def double(field: int, value: float) -> bytes:
    return varint(field * 8 + 1) + struct.pack("<d", value)


def payload(kind: int, *fields: bytes) -> bytes:
    return b"!" + bytes([kind]) + b"".join(fields)


def encoded(kind: int, content: bytes) -> bytes:
    return payload(ENCODE, number(1, kind), octets(2, content))


QUERY = bytes.fromhex("123401000001000000000000") + b"\1a\0\0\1\0\1"
UDP4 = bytes.fromhex("4500002f000000004011000001020304 05060708 0035 0035 001b 0000") + QUERY


def dns_payloads() -> Seeds:
    name = b"\1a\7example\0"
    types = number(2, 1) + number(3, 1)
    yield "dns", payload(DNS, octets(1, name), types, number(4, 5), octets(5, b"\1\2\3\4"))
    yield (
        "dns-odd",
        payload(DNS, octets(1, b'\3a\\"b'), octets(7, b""), number(8, 65280), number(9, 77)),
    )
    yield "dns-parse-error", payload(DNS, types, octets(5, b"\1\2"))
    yield "dns-no-type", payload(DNS, number(3, 1), octets(5, b"\1\2"))
    yield "dns-txt", payload(DNS, number(2, 16), number(3, 1), octets(5, b'\5"\\\n\xff\0'))
    yield "dns-name-255", payload(DNS, octets(1, (b"\x31" + b"x" * 49) * 5 + b"\4abcd"))
    yield "dns-name-256", payload(DNS, octets(1, bytes(256)))
    yield "dedupe", payload(
        DNSDEDUPE, octets(1, name), number(2, 5), number(3, 77), octets(5, name),
        octets(5, b"\0"), number(11, 2**32 - 1), number(12, 0), number(13, 99), octets(15, QUERY),
    )  # fmt: skip
    yield "dedupe-no-message", payload(DNSDEDUPE, octets(15, b"x"), octets(14, b"xyz"))
    yield "dnsobs", payload(
        DNSOBS_TYPE, number(1, 2**64 - 1), octets(2, b"\1\2\3\4"), octets(3, name), number(4, 1),
        number(5, 3), number(6, 3841), octets(7, QUERY), octets(9, b"g"), fixed32(10, 2**32 - 1),
    )  # fmt: skip
    yield "dnsobs-no-message", payload(
        DNSOBS_TYPE, number(1, 1), octets(2, b""), octets(3, b""), number(4, 1), number(5, 1),
        number(6, 3), octets(7, b"?"), fixed32(10, 0),
    )  # fmt: skip
    required = (
        number(1, 1) + octets(2, b"\1\2\3\4") + octets(3, b"\5\6\7\x08") + number(4, 17)
        + number(5, 53) + number(6, 53) + number(7, 9)
    )  # fmt: skip
    yield "dnsqr", payload(
        DNSQR_TYPE, required, octets(8, name), octets(12, UDP4), number(13, 1), fixed32(14, 5),
        octets(15, UDP4), number(16, 2), fixed32(17, 2**32 - 1), double(20, 72.5), number(21, 3),
    )  # fmt: skip
    yield "dnsqr-empty-packet", payload(DNSQR_TYPE, required, octets(12, b""), number(11, 16))
    message = (
        number(1, 5) + number(2, 1) + number(3, 2) + octets(4, b"\1\2\3\4") + octets(10, QUERY)
    )
    yield "dnstap", payload(DNSTAP, octets(1, b"ns"), octets(14, message), number(15, 1))
    odd = number(1, 77) + number(2, 99)
    yield "dnstap-odd", payload(DNSTAP, octets(14, odd), number(15, 2))


def payload_seeds() -> Seeds:
    yield from dns_payloads()
    yield "logline", payload(LOGLINE, octets(1, b"a\0b\xffc\0d"), octets(2, b'q"\\\n\x01\x7f\0'))
    yield "logline-empty", payload(LOGLINE, octets(1, b""))
    yield "logline-utf8", payload(LOGLINE, octets(1, b"\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80\xf8"))
    yield "http", payload(
        HTTP_TYPE, number(1, 1), octets(2, b"\1\2\3\4"), number(4, 2**16 + 5), octets(5, b"abc"),
        octets(7, b"a\nb\n"), number(67, -3), number(73, 2**31), number(75, -(2**31)),
    )  # fmt: skip
    yield "email", payload(EMAIL, number(8, 2**32 + 7), octets(7, b"a"), octets(7, b"b\0"))
    yield "pkt", payload(PKT, octets(1, bytes(range(60))), number(2, 2**32 - 1))
    yield "xml", payload(XML, octets(1, b"t"), octets(2, b""))
    yield "ncap", payload(NCAP, number(1, 0), octets(2, UDP4))
    yield (
        "ncap-legacy",
        payload(NCAP, number(1, 2), octets(2, QUERY), number(3, 0), octets(4, b"\1")),
    )
    yield "delay", payload(
        DELAY, octets(1, bytes(16)), octets(2, b"\0" * 10 + b"\xff\xff\1\2\3\4"),
        double(3, float("inf")), number(4, -1),
    )  # fmt: skip
    for name, value in {
        "nan": float("nan"),
        "huge": 1e308,
        "tiny": -5e-324,
        "third": 1 / 3,
    }.items():
        yield (
            f"delay-{name}",
            payload(DELAY, octets(1, b""), octets(2, b""), double(3, value), number(4, 2**63)),
        )
    yield (
        "delay-rounds-up",
        payload(DELAY, octets(1, b""), octets(2, b""), double(3, 0.9999999999999999), number(4, 0)),
    )
    yield (
        "newdomain",
        payload(
            NEWDOMAIN_TYPE,
            octets(1, b"\1a\0"),
            octets(9, b"k"),
            number(19, 1),
            number(22, 1),
            number(22, 0),
        ),
    )
    for name, content in {
        "json": b' {"a":\r\n[1,"\xc3\xa9\xff\\ud800"]} ',
        "json-number": b"123",
        "json-number-spaced": b"123 ",
        "json-null": b" null\n",
        "json-trailing": b"{} x",
        "json-deep": b"[" * 32 + b"]" * 32,
        "json-deeper": b"[" * 33 + b"]" * 33,
        "json-empty": b"",
    }.items():
        yield f"encode-{name}", encoded(1, content)
    yield "encode-text", encoded(0, b"a\0b\xff\n")
    yield "encode-text-empty", encoded(0, b"")
    yield "encode-msgpack", encoded(3, b"\x81")
    yield "encode-unknown", encoded(99, b"x")
    yield "malformed", payload(LOGLINE, b"\x0a\x7f")


def json_record_seeds() -> Seeds:
    for name, text in RECORDS.items():
        yield name, text.encode()
    yield "not-utf8", record('{"category":"x').encode() + b'\xff\xc0\x80"}}'
    for name, data in payload_seeds():
        yield f"payload-{name}", data


# ---------------------------------------------------------------------------------------------
# Presentation text: what ends lines, type of records without header line, text. "2" (octet 50)
# chooses newlines, "3" semicolons, and so on; "-" is no type, letters count the types.

NEWLINE, SEMICOLON, CRLF, NEWLINES = "2345"


def header(kind: str, more: str = "[00000000] [] [] ", end: str = "\n") -> str:
    return f"[9] [2020-09-13 12:26:40.000000005] [{kind}] {more}{end}"


PRES_DNS = header("1:7 base dns") + (
    "rrname: a\\.b.\\001.\nrrclass: IN (1)\nrrtype: {}\nrrttl: 0x1f\nrdata: {}\n\n"
)
PRES_DNSQR = header("1:9 base dnsqr") + (
    "type: UDP_QUERY_RESPONSE\nquery_ip: 192.0.2.1\nresponse_ip: 2001:db8::1\nproto: UDP (17)\n"
    "query_port: 5\nresponse_port: 53\nid: 7\nqname: a.\nqclass: CLASS77 (77)\n"
    "qtype: <UNKNOWN> (65280)\nrcode: NXDOMAIN (3)\ntimeout: 72.500000\ndelay: 0.5\n"
    "udp_checksum: CORRECT\nresolver_address_zeroed: False\n"
    "query: [19 octets]\n;; a\n\n;; b\n---\nresponse: <PARSE ERROR>\n\n"
)
PRES_NCAP = header("1:1 base ncap") + "type: Legacy\nsrcip: 1.2.3.4\npayload:{}"
PRES_EMAIL = header("1:2 base email")

PRES_RECORDS = {
    "dns": PRES_DNS.format("A (1)", "192.0.2.1"),
    "dns-mx": PRES_DNS.format("MX", "5 a."),
    "dns-wrong": PRES_DNS.format("A (2)", "192.0.2.1") + PRES_DNS.format("A", "x"),
    "dns-mark": PRES_DNS.format("A (1)", " ### PARSE ERROR ###"),
    "dns-untyped": header("1:7 base dns") + "rdata: \\# 2 01 ab \n\n",
    "dnsqr": PRES_DNSQR + PRES_DNSQR,
    "dnsqr-odd": header("1:9 base dnsqr") + "proto: 132\nquery_packet: <BYTE ARRAY LEN=0>\n"
    "type: <UNKNOWN ENUM VAL=9>\nquery: [1 octets]\n;; cut\n" + header("1:6 base logline"),
    "dedupe": header("2:1 SIE dnsdedupe", "[0000000a] [one] [t]w[o] ")
    + "count: 017\ntime_first: 2020-09-13 12:26:40\nrrclass: <UNKNOWN> (77)\n\n",
    "dedupe-message": header("2:1 SIE dnsdedupe") + "response: [19 octets]\n;; x\n\n---\n\n",
    "dnsobs": header("1:14 base dnsobs", "[ffffffff] [5] [x] ")
    + "time: 18446744073709551615\nqname: .\nsensor_id: beef\n\n",
    "delay": header("2:4 SIE delay")
    + "delay: -1.500000\nquery_ip: <INVALID IP len=0>\n\n"
    + header("2:4 SIE delay")
    + "delay: nan\n\n"
    + header("2:4 SIE delay")
    + "delay: .5e3\n",
    "delay-wrong": header("2:4 SIE delay")
    + "delay: 1x\n\n"
    + header("2:4 SIE delay")
    + "delay: \n",
    "newdomain": header("2:5 SIE newdomain")
    + "keys: k\nkeys:  k \nnew_rr: True\nnew_rr: False\n\n",
    "http": header("1:4 base http") + "type: sinkhole\np0f_dist: -3\np0f_uptime: +0x7f\n"
    "p0f_score: 32768\n\n" + header("1:4 base http") + "type: 1\n\n",
    "email": PRES_EMAIL + "headers:\nA: 1\n\nB\n.\nrcpt: a\nbody:\n.\n\n",
    "email-no-newline": PRES_EMAIL + "body:\nx.\n\n" + PRES_EMAIL + "body:\nx.\n",
    "email-ambiguous": PRES_EMAIL
    + "headers:\nA.\nbody:\nb\n.\n\n"
    + PRES_EMAIL
    + "headers:\nA.\nbody:\nb.\n\n"
    + PRES_EMAIL
    + "headers:\nA.\nfoo\n.\n",
    "email-wrong": PRES_EMAIL
    + "type: x\nfoo\nbody:\na\n\n.\nbody: x\n\n"
    + PRES_EMAIL
    + "body:\na\n",
    "email-no-end": PRES_EMAIL + "foo\nbody:\na\n" + PRES_EMAIL + "body:\na\n\n" + PRES_EMAIL,
    "ncap": PRES_NCAP.format("\n[x].1 [y].2 udp [3]\n;; x\n\n;; y\n\n\n") + PRES_EMAIL,
    "ncap-error": PRES_NCAP.format("\n<ERROR: x>\n\n") + PRES_NCAP.format("\n\n"),
    "ncap-none": PRES_NCAP.format(" <DECODING ERROR>\n\n"),
    "pkt": header("1:8 base pkt") + "payload: <BYTE ARRAY LEN=5>\n\n",
    "unknown": header("1:99 base (unknown)") + "<UNKNOWN NMSG 1:99>\n\n" + PRES_EMAIL,
    "years": "[0] [5-01-01 00:00:00.4294967295] [1:6 base logline] [0] [] []\n\n"
    + "[0] [12020-01-01 00:00:00.000000000] [-1:-6 base logline] [0] [] [] \n\n",
    "no-header": "x: 5\n\n[x]\n",
}

PRES_OTHERS = {
    "plain": f"{NEWLINE}Fmessage:   x\n\n\ncategory:\n\nmessage\n\nfoo: 1\n\nmessage: y",
    "plain-numbers": f"{NEWLINE}Eproto: 0x11\nsrcport: 65536\n\nsrcport: -1\n\ndstport: 08\n",
    "semicolons": f"{SEMICOLON}-" + header("1:6 base logline", end=";") + "message: a\nb;\n"
    + header("1:9 base dnsqr", end=";") + "proto: 5\nid: x;\n",
    "semicolons-cut": f"{SEMICOLON}-" + header("1:6 base logline", end=";") + "message: a\n"
    + header("1:1 base ncap", end=";") + "payload:;<ERROR: x>;\n"
    + header("1:2 base email", end=";"),
    "returns": f"{CRLF}-" + header("1:2 base email", end="\r\n") + "body:\r\na\n.\r\n\n",
    "newlines": f"{NEWLINES}-" + header("1:2 base email", end="\n\n") + "body:\n\na\n.\n\n\n"
    + header("1:2 base email", end="\n"),
    "long": f"{NEWLINE}Fmessage: " + 5000 * "x" + "\n\nmessage: y\n",
}  # fmt: skip


def pres_record_seeds() -> Seeds:
    for name, text in PRES_RECORDS.items():
        yield name, f"{NEWLINE}-{text}".encode()
    for name, text in PRES_OTHERS.items():
        yield name, text.encode()
    for name, data in payload_seeds():
        yield f"payload-{name}", data
    for name, data in ncap_seeds():
        yield f"payload-ncap-{name}", data


def ncap_seeds() -> Seeds:
    address = octets(4, b"\1\2\3\4")
    both = address + octets(5, b"\5\6\7\x08")
    yield "none", payload(NCAP, number(1, 0), octets(2, b""))
    yield "odd", payload(NCAP, number(1, 9), octets(2, b"x"))
    yield "short", payload(NCAP, number(1, 1), octets(2, b"x"))
    yield "source", payload(NCAP, number(1, 2), octets(2, b"x"), address)
    yield "port", payload(NCAP, number(1, 2), octets(2, b"x"), both)
    yield "ports", payload(NCAP, number(1, 2), octets(2, b"x"), both, number(6, 1))
    yield "wrong", payload(NCAP, number(1, 2), octets(2, b"x"), both, number(6, 1), number(7, 53))
    yield "legacy", payload(NCAP, number(1, 2), octets(2, QUERY), both, number(6, 1), number(7, 53))
    yield "tcp", payload(NCAP, number(1, 2), octets(2, b"x"), both, number(3, 1))
    yield "packet-wrong", payload(NCAP, number(1, 0), octets(2, UDP4[:29]))


TARGETS: dict[str, Callable[[], Seeds]] = {
    "json_record": json_record_seeds,
    "json_value": json_value_seeds,
    "pres_record": pres_record_seeds,
}
