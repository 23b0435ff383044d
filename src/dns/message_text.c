/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages as text. */
#include "dns/constants.h"
#include "dns/edns.h"
#include "dns/field.h"
#include "dns/layout.h"
#include "dns/message.h"
#include "dns/message_reader.h"

static const char *const section_titles[NM_DNS_SECTION_COUNT] = {
    "\n;; QUESTION SECTION:\n",
    "\n;; ANSWER SECTION:\n",
    "\n;; AUTHORITY SECTION:\n",
    "\n;; ADDITIONAL SECTION:\n",
};

/* A mnemonic, or the number of what has none. */
static void
format_code(nm_writer *w, const char *name, uint16_t number)
{
    if (name != NULL) {
        nm_writer_text(w, name);
    } else {
        nm_writer_u64(w, number);
    }
}

static void
format_header(nm_writer *w, const nm_dns_reader *r)
{
    nm_writer_literal(w, ";; ->>HEADER<<- opcode: ");
    format_code(w, nm_dns_opcode_name(r->opcode), r->opcode);
    nm_writer_literal(w, ", rcode: ");
    format_code(w, nm_dns_rcode_name(r->rcode), r->rcode);
    nm_writer_literal(w, ", id: ");
    nm_writer_u64(w, r->id);
    nm_writer_literal(w, "\n;; flags:");
    for (size_t i = 0; i < NM_DNS_FLAG_COUNT; i++) {
        if ((r->flags & nm_dns_flags[i].mask) != 0) {
            nm_writer_octet(w, ' ');
            nm_writer_text(w, nm_dns_flags[i].name);
        }
    }
    nm_writer_literal(w, "; QUERY: ");
    nm_writer_u64(w, r->sections[NM_DNS_QUESTION].count);
    nm_writer_literal(w, ", ANSWER: ");
    nm_writer_u64(w, r->sections[NM_DNS_ANSWER].count);
    nm_writer_literal(w, ", AUTHORITY: ");
    nm_writer_u64(w, r->sections[NM_DNS_AUTHORITY].count);
    nm_writer_literal(w, ", ADDITIONAL: ");
    nm_writer_u64(w, r->sections[NM_DNS_ADDITIONAL].count);
    nm_writer_octet(w, '\n');
}

static void
format_edns(nm_writer *w, const nm_dns_edns *edns)
{
    nm_writer_literal(w, "\n;; OPT PSEUDOSECTION:\n; EDNS: version: ");
    nm_writer_u64(w, edns->version);
    nm_writer_literal(w, ", flags:");
    nm_writer_text(w, edns->is_dnssec_ok ? " do" : "");
    nm_writer_literal(w, "; udp: ");
    nm_writer_u64(w, edns->udp_len);
    nm_cursor c = nm_cursor_init(edns->options);
    while (nm_cursor_left(&c) > 0) {
        nm_writer_literal(w, "\n; ");
        nm_dns_field_error error = nm_dns_option_format(w, &c);
        if (error != NM_DNS_FIELD_OK) {
            nm_dns_field_error_format(w, error);
        }
    }
}

/* The data of a record and the space in front, which is missing if there are none. */
static void
format_rdata(nm_writer *w, const nm_dns_reader *r, const nm_dns_record *record)
{
    const nm_dns_layout *layout = nm_dns_layout_of(record->type);
    bool has_fields = layout != NULL && nm_dns_layout_is_for(layout, record->rrclass);
    if (record->rdata.len > 0 || !has_fields) {
        nm_writer_octet(w, ' ');
        nm_dns_rdata_format_compressed(w, record->type, record->rrclass, r->message, record->rdata);
    }
}

static void
format_record(nm_writer *w, const nm_dns_reader *r, const nm_dns_record *record)
{
    uint8_t owner[NM_DNS_NAME_MAX];
    size_t owner_len = nm_dns_reader_owner(r, record, owner);
    bool is_question = r->section == NM_DNS_QUESTION;
    if (is_question) {
        nm_writer_octet(w, ';');
    }
    nm_dns_name_format(w, nm_span_of(owner, owner_len));
    if (!is_question) {
        nm_writer_octet(w, ' ');
        nm_writer_u64(w, record->ttl);
    }
    nm_writer_octet(w, ' ');
    nm_dns_class_format(w, record->rrclass);
    nm_writer_octet(w, ' ');
    nm_dns_type_format(w, record->type);
    if (!is_question) {
        format_rdata(w, r, record);
    }
    nm_writer_octet(w, '\n');
}

nm_status
nm_dns_message_format(nm_writer *w, nm_span message)
{
    nm_dns_reader r;
    nm_dns_record record;
    if (!nm_dns_reader_begin(&r, message)) {
        return NM_E_PARSE;
    }
    format_header(w, &r);
    if (r.edns.is_present) {
        format_edns(w, &r.edns);
    }
    for (size_t i = 0; i < NM_DNS_SECTION_COUNT; i++) {
        nm_writer_text(w, section_titles[i]);
        nm_dns_reader_section(&r, (nm_dns_section)i);
        while (nm_dns_reader_next(&r, &record)) {
            format_record(w, &r, &record);
        }
    }
    return w->status;
}
