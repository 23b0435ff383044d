/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages as JSON objects. */
#include "dns/constants.h"
#include "dns/edns.h"
#include "dns/field.h"
#include "dns/message.h"
#include "dns/message_reader.h"
#include "dns/rrset.h"

#include "base/json_octets.h"

static const char *const section_names[NM_DNS_SECTION_COUNT] = {
    ",\"question\":[",
    ",\"answer\":[",
    ",\"authority\":[",
    ",\"additional\":[",
};

static bool
needs_escape(uint8_t c)
{
    return c == '"' || c == '\\' || c == '\n';
}

/* Turn what was written from `begin` on, which is printable ASCII and newlines, into the inside of
 * a JSON string. It is moved apart from its end on, so that it need not be copied before. */
static void
escape_from(nm_writer *w, size_t begin)
{
    if (w->status != NM_OK) {
        return;
    }
    size_t escapes = 0;
    const uint8_t *p = nm_json_skip_plain(w->pos - (nm_writer_len(w) - begin), w->pos);
    for (; p != w->pos; p++) {
        escapes += needs_escape(*p);
    }
    if (escapes == 0 || nm_writer_room(w, escapes) == NULL) {
        return;
    }
    uint8_t *from = w->pos;
    uint8_t *to = from + escapes;
    while (to != from) {
        uint8_t c = *--from;
        *--to = c == '\n' ? 'n' : c;
        if (needs_escape(c)) {
            *--to = '\\';
        }
    }
    nm_writer_advance(w, escapes);
}

/* A mnemonic as a string, or the number of what has none. */
static void
put_code(nm_writer *w, const char *name, uint16_t number)
{
    if (name == NULL) {
        nm_writer_u64(w, number);
        return;
    }
    nm_writer_octet(w, '"');
    nm_writer_text(w, name);
    nm_writer_octet(w, '"');
}

static void
put_flags(nm_writer *w, uint16_t flags)
{
    const char *separator = "";
    for (size_t i = 0; i < NM_DNS_FLAG_COUNT; i++) {
        if ((flags & nm_dns_flags[i].mask) != 0) {
            nm_writer_text(w, separator);
            put_code(w, nm_dns_flags[i].name, 0);
            separator = ",";
        }
    }
}

static void
put_options(nm_writer *w, nm_span options)
{
    const char *separator = "\"";
    nm_cursor c = nm_cursor_init(options);
    while (nm_cursor_left(&c) > 0) {
        nm_writer_text(w, separator);
        size_t begin = nm_writer_len(w);
        nm_dns_field_error error = nm_dns_option_format(w, &c);
        if (error != NM_DNS_FIELD_OK) {
            nm_dns_field_error_format(w, error);
        }
        escape_from(w, begin);
        nm_writer_octet(w, '"');
        separator = ",\"";
    }
}

static void
put_edns(nm_writer *w, const nm_dns_edns *edns)
{
    nm_writer_literal(w, ",\"opt\":{\"edns\":{\"version\":");
    nm_writer_u64(w, edns->version);
    nm_writer_literal(w, ",\"flags\":[");
    nm_writer_text(w, edns->is_dnssec_ok ? "\"do\"" : "");
    nm_writer_literal(w, "],\"udp\":");
    nm_writer_u64(w, edns->udp_len);
    if (!edns->is_question) {
        nm_writer_literal(w, ",\"options\":[");
        put_options(w, edns->options);
        nm_writer_octet(w, ']');
    }
    nm_writer_literal(w, "}}");
}

static void
put_header(nm_writer *w, const nm_dns_reader *r)
{
    nm_writer_literal(w, "{\"header\":{\"opcode\":");
    put_code(w, nm_dns_opcode_name(r->opcode), r->opcode);
    nm_writer_literal(w, ",\"rcode\":");
    put_code(w, nm_dns_rcode_name(r->rcode), r->rcode);
    nm_writer_literal(w, ",\"id\":");
    nm_writer_u64(w, r->id);
    nm_writer_literal(w, ",\"flags\":[");
    put_flags(w, r->flags);
    nm_writer_octet(w, ']');
    if (r->edns.is_present) {
        put_edns(w, &r->edns);
    }
    nm_writer_octet(w, '}');
}

/* The name of a record, between quotes. */
static void
put_owner(nm_writer *w, const nm_dns_reader *r, const nm_dns_record *record)
{
    uint8_t owner[NM_DNS_NAME_MAX];
    size_t owner_len = nm_dns_reader_owner(r, record, owner);
    size_t begin = nm_writer_len(w);
    if (!nm_dns_name_format(w, nm_span_of(owner, owner_len))) {
        escape_from(w, begin);
    }
    nm_writer_octet(w, '"');
}

static void
put_questions(nm_writer *w, nm_dns_reader *r)
{
    const char *separator = "{\"qname\":\"";
    nm_dns_record record;
    while (nm_dns_reader_next(r, &record)) {
        nm_writer_text(w, separator);
        put_owner(w, r, &record);
        nm_writer_literal(w, ",\"qclass\":\"");
        nm_dns_class_format(w, record.rrclass);
        nm_writer_literal(w, "\",\"qtype\":\"");
        nm_dns_type_format(w, record.type);
        nm_writer_literal(w, "\"}");
        separator = ",{\"qname\":\"";
    }
}

static void
put_rrset(nm_writer *w, const nm_dns_reader *r, const nm_dns_rrsets *sets, uint32_t first)
{
    const nm_dns_record *record = &sets->members[first].record;
    put_owner(w, r, record);
    nm_writer_literal(w, ",\"rrttl\":");
    nm_writer_u64(w, sets->members[first].lowest_ttl);
    nm_writer_literal(w, ",\"rrclass\":\"");
    nm_dns_class_format(w, record->rrclass);
    nm_writer_literal(w, "\",\"rrtype\":\"");
    nm_dns_type_format(w, record->type);
    nm_writer_literal(w, "\",\"rdata\":[");
    const char *separator = "\"";
    for (uint32_t i = first; i != NM_DNS_RRSET_END; i = sets->members[i].next) {
        nm_writer_text(w, separator);
        size_t begin = nm_writer_len(w);
        if (!nm_dns_rdata_format_compressed(w, record->type, record->rrclass, r->message,
                                            sets->members[i].record.rdata)) {
            escape_from(w, begin);
        }
        nm_writer_octet(w, '"');
        separator = ",\"";
    }
    nm_writer_literal(w, "]}");
}

static void
put_rrsets(nm_writer *w, nm_dns_reader *r)
{
    nm_dns_rrsets sets;
    const char *separator = "{\"rrname\":\"";
    nm_status status = nm_dns_rrsets_init(&sets, r, w->buffer->allocator);
    if (status != NM_OK) {
        nm_writer_fail(w, status);
    }
    for (uint32_t i = 0; i < sets.count; i++) {
        if (sets.members[i].is_first) {
            nm_writer_text(w, separator);
            put_rrset(w, r, &sets, i);
            separator = ",{\"rrname\":\"";
        }
    }
    nm_dns_rrsets_clear(&sets);
}

nm_status
nm_dns_message_json(nm_writer *w, nm_span message)
{
    nm_dns_reader r;
    if (!nm_dns_reader_begin(&r, message)) {
        return NM_E_PARSE;
    }
    put_header(w, &r);
    for (size_t i = 0; i < NM_DNS_SECTION_COUNT && w->status == NM_OK; i++) {
        nm_writer_text(w, section_names[i]);
        nm_dns_reader_section(&r, (nm_dns_section)i);
        if (i == NM_DNS_QUESTION) {
            put_questions(w, &r);
        } else {
            put_rrsets(w, &r);
        }
        nm_writer_octet(w, ']');
    }
    nm_writer_octet(w, '}');
    return w->status;
}
