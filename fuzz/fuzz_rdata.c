/* SPDX-License-Identifier: Apache-2.0 */
/* The first octet chooses a record type, the second a class; from 253 on, the type is in the two
 * octets that follow. The rest is taken as record data, as the text of such data and as both of a
 * name. */
#include "base/buffer.h"
#include "base/cursor.h"
#include "dns/constants.h"
#include "dns/name.h"
#include "dns/rdata.h"

#include "fuzz.h"

#define ERROR_SIGN "### PARSE ERROR "

enum { OUT_MAX = 1 << 24 };

typedef struct record_kind {
    uint16_t type;
    uint16_t rrclass;
} record_kind;

/* A failed allocation is tried again: it fails once. */
static void
format(record_kind kind, nm_span rdata, nm_buffer *out)
{
    nm_writer w = nm_writer_begin(out);
    nm_dns_rdata_format(&w, kind.type, kind.rrclass, rdata);
    nm_status status = nm_writer_end(&w);
    if (status == NM_E_NOMEM && fuzz_memory_has_failed()) {
        w = nm_writer_begin(out);
        nm_dns_rdata_format(&w, kind.type, kind.rrclass, rdata);
        status = nm_writer_end(&w);
    }
    FUZZ_REQUIRE(status == NM_OK);
}

static nm_status
parse(record_kind kind, nm_span text, nm_buffer *out)
{
    nm_error err = {.code = NM_OK};
    nm_status status = nm_dns_rdata_parse(text, kind.type, kind.rrclass, out, &err);
    if (status == NM_E_NOMEM && fuzz_memory_has_failed()) {
        FUZZ_REQUIRE(out->len == 0 && err.code == NM_E_NOMEM);
        err.code = NM_OK;
        status = nm_dns_rdata_parse(text, kind.type, kind.rrclass, out, &err);
    }
    FUZZ_REQUIRE(status == err.code);
    FUZZ_REQUIRE(status == NM_OK || status == NM_E_PARSE || status == NM_E_LIMIT);
    FUZZ_REQUIRE(status == NM_OK ? out->len <= NM_DNS_RDATA_MAX
                                 : out->len == 0 && err.offset <= text.len);
    return status;
}

static bool
contains(nm_span text, const char *what)
{
    size_t len = strlen(what);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.data + i, what, len) == 0) {
            return true;
        }
    }
    return false;
}

/* Lists of types are sorted when they are read. */
static bool
has_types(record_kind kind)
{
    return kind.type == NM_DNS_TYPE_NSEC || kind.type == NM_DNS_TYPE_NSEC3 ||
           kind.type == NM_DNS_TYPE_CSYNC;
}

/* One quote is an empty list of protocols, or the first of two around one that begins with a space:
 * there are texts that can be read in both ways. */
static bool
is_ambiguous(record_kind kind, nm_span text)
{
    return (kind.type == NM_DNS_TYPE_SVCB || kind.type == NM_DNS_TYPE_HTTPS) &&
           contains(text, "alpn=\" ");
}

/* Text that was written can be read, and what was read gives the same text and the same data
 * whenever it is written and read again. */
static void
require_round_trip(record_kind kind, nm_span text, const nm_allocator *memory)
{
    nm_buffer read;
    nm_buffer again;
    nm_buffer_init(&read, OUT_MAX, memory);
    nm_buffer_init(&again, OUT_MAX, memory);
    FUZZ_REQUIRE(parse(kind, text, &read) == NM_OK);
    format(kind, nm_buffer_span(&read), &again);
    FUZZ_REQUIRE(has_types(kind) || nm_span_equal(nm_buffer_span(&again), text));
    FUZZ_REQUIRE(!contains(nm_buffer_span(&again), ERROR_SIGN));
    nm_buffer_clear(&read);
    nm_buffer_clear(&again);
}

static void
try_as_data(record_kind kind, nm_span rdata)
{
    const nm_allocator *memory = fuzz_memory_begin();
    nm_buffer text;
    nm_buffer_init(&text, OUT_MAX, memory);
    if (rdata.len <= NM_DNS_RDATA_MAX) {
        format(kind, rdata, &text);
        if (!contains(nm_buffer_span(&text), ERROR_SIGN) &&
            !is_ambiguous(kind, nm_buffer_span(&text))) {
            require_round_trip(kind, nm_buffer_span(&text), memory);
        }
    }
    nm_buffer_clear(&text);
    fuzz_memory_end();
}

static void
try_as_text(record_kind kind, nm_span text)
{
    const nm_allocator *memory = fuzz_memory_begin();
    nm_buffer rdata;
    nm_buffer written;
    nm_buffer again;
    nm_buffer_init(&rdata, OUT_MAX, memory);
    nm_buffer_init(&written, OUT_MAX, memory);
    nm_buffer_init(&again, OUT_MAX, memory);
    if (parse(kind, text, &rdata) == NM_OK) {
        format(kind, nm_buffer_span(&rdata), &written);
        FUZZ_REQUIRE(parse(kind, nm_buffer_span(&written), &again) == NM_OK);
        FUZZ_REQUIRE(nm_span_equal(nm_buffer_span(&again), nm_buffer_span(&rdata)));
    }
    nm_buffer_clear(&rdata);
    nm_buffer_clear(&written);
    nm_buffer_clear(&again);
    fuzz_memory_end();
}

/* Every name of at most 255 octets has a text; what is read from a text comes back from its own. */
static void
try_as_name(nm_span in)
{
    uint8_t name[NM_DNS_NAME_MAX];
    uint8_t again[NM_DNS_NAME_MAX];
    size_t len = 0;
    size_t again_len = 0;
    if (nm_dns_name_parse(in, name, &len) != NM_OK) {
        return;
    }
    nm_buffer text;
    nm_buffer_init(&text, OUT_MAX, &nm_allocator_heap);
    nm_writer w = nm_writer_begin(&text);
    nm_dns_name_format(&w, nm_span_of(name, len));
    FUZZ_REQUIRE(nm_writer_end(&w) == NM_OK);
    FUZZ_REQUIRE(nm_dns_name_parse(nm_buffer_span(&text), again, &again_len) == NM_OK);
    FUZZ_REQUIRE(nm_span_equal(nm_span_of(again, again_len), nm_span_of(name, len)));
    nm_buffer_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nm_cursor c = nm_cursor_init(nm_span_of(data, size));
    record_kind kind = {.type = nm_cursor_u8(&c), .rrclass = nm_cursor_u8(&c)};
    if (kind.type > 252) {
        kind.type = nm_cursor_be16(&c);
    }
    nm_span rest = nm_cursor_take(&c, nm_cursor_left(&c));
    try_as_data(kind, rest);
    try_as_text(kind, rest);
    try_as_name(rest);
    return 0;
}
