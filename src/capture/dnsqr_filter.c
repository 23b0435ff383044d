/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions for libpcap (pcap-filter(7)) that select the DNS traffic of some servers. */
#include "base/address.h"
#include "base/ascii.h"
#include "base/number.h"
#include "base/writer.h"
#include "capture/dnsqr_options.h"

#define FRAGMENT "(ip[6:2] & 0x3fff != 0)" /* RFC 791 section 3.1: an offset, or more come. */
#define QUERY "(((udp[10:2] >> 15) & 0x01) == 0)" /* RFC 1035 section 4.1.1: the flag QR. */
#define RESPONSE "(((udp[10:2] >> 15) & 0x01) == 1)"

/* Some servers, and on which side of a packet they stand in queries and in responses. */
typedef struct servers {
    const char *variable; /* That names them. */
    nm_span list;
    const char *query_side;
    const char *response_side;
} servers;

/* The next entry of a list, without white space around it. @return false: there are no more. */
static bool
next_entry(nm_span *list, nm_span *out)
{
    if (list->len == 0) {
        return false;
    }
    size_t end = 0;
    while (end < list->len && list->data[end] != ',') {
        end++;
    }
    nm_span entry = nm_span_of(list->data, end);
    size_t taken = end < list->len ? end + 1 : end;
    *list = nm_span_of(list->data + taken, list->len - taken);
    while (entry.len > 0 && nm_ascii_is_space(entry.data[0])) {
        entry = nm_span_of(entry.data + 1, entry.len - 1);
    }
    while (entry.len > 0 && nm_ascii_is_space(entry.data[entry.len - 1])) {
        entry.len--;
    }
    *out = entry;
    return true;
}

/* Octets of the address of an entry, 4 or 16; 0: it is neither address nor prefix. Whether the
 * address of a prefix ends in zeros is looked at by libpcap. */
static size_t
address_len(nm_span entry, bool *out_is_prefix)
{
    uint8_t address[NM_IPV6_LEN];
    uint64_t bits = 0;
    size_t slash = 0;
    while (slash < entry.len && entry.data[slash] != '/') {
        slash++;
    }
    *out_is_prefix = slash < entry.len;
    size_t len = nm_address_parse(nm_span_of(entry.data, slash), address);
    nm_span behind = nm_span_of(entry.data + slash, entry.len - slash);
    if (*out_is_prefix &&
        (!nm_number_parse_u64(nm_span_of(behind.data + 1, behind.len - 1), &bits) ||
         bits > 8 * len)) {
        return 0;
    }
    return len;
}

/* Append "src X or src net Y/len": the entries of a version. @return how many. */
static size_t
put_entries(nm_writer *w, nm_span list, const char *side, size_t len)
{
    size_t count = 0;
    nm_span entry;
    while (next_entry(&list, &entry)) {
        bool is_prefix;
        if (address_len(entry, &is_prefix) != len) {
            continue;
        }
        nm_writer_text(w, count > 0 ? " or " : "");
        nm_writer_text(w, side);
        nm_writer_text(w, is_prefix ? " net " : " ");
        nm_writer_span(w, entry);
        count++;
    }
    return count;
}

static size_t
count_entries(nm_span list, size_t len)
{
    size_t count = 0;
    nm_span entry;
    bool is_prefix;
    while (next_entry(&list, &entry)) {
        count += address_len(entry, &is_prefix) == len;
    }
    return count;
}

/* Append "((ENTRIES) and REST)". */
static void
put_term(nm_writer *w, const servers *s, const char *side, const char *rest)
{
    nm_writer_literal(w, "((");
    (void)put_entries(w, s->list, side, NM_IPV4_LEN); /* There are some. */
    nm_writer_literal(w, ") and ");
    nm_writer_text(w, rest);
    nm_writer_literal(w, ")");
}

static void
put_ipv4(nm_writer *w, const servers *s, nm_dnsqr_mode mode)
{
    nm_writer_literal(w, "(");
    switch (mode) {
    case NM_DNSQR_PAIRS:
        put_term(w, s, s->query_side, "udp dst port 53");
        nm_writer_literal(w, " or ");
        put_term(w, s, s->response_side, "udp src port 53");
        nm_writer_literal(w, " or ");
        put_term(w, s, s->response_side, FRAGMENT);
        break;
    case NM_DNSQR_QUERIES:
        put_term(w, s, s->query_side, "udp dst port 53 and " QUERY);
        break;
    case NM_DNSQR_RESPONSES:
        put_term(w, s, s->response_side, "udp src port 53 and " RESPONSE);
        nm_writer_literal(w, " or ");
        put_term(w, s, s->response_side, FRAGMENT);
        break;
    }
    nm_writer_literal(w, ")");
}

/* In IPv6 the upper layer stands behind headers that the expression cannot pass over. */
static void
put_ipv6(nm_writer *w, const servers *s)
{
    nm_writer_literal(w, "((");
    (void)put_entries(w, s->list, s->query_side, NM_IPV6_LEN); /* There are some. */
    nm_writer_literal(w, ") or (");
    (void)put_entries(w, s->list, s->response_side, NM_IPV6_LEN); /* The same. */
    nm_writer_literal(w, "))");
}

static nm_status
put_servers(nm_writer *w, const servers *s, nm_dnsqr_mode mode, nm_error *err)
{
    bool has_ipv4 = count_entries(s->list, NM_IPV4_LEN) > 0;
    bool has_ipv6 = count_entries(s->list, NM_IPV6_LEN) > 0;
    if (!has_ipv4 && !has_ipv6) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "no address in %s", s->variable);
    }
    if (has_ipv4) {
        put_ipv4(w, s, mode);
    }
    if (has_ipv4 && has_ipv6) {
        nm_writer_literal(w, " or ");
    }
    if (has_ipv6) {
        put_ipv6(w, s);
    }
    return NM_OK;
}

nm_status
nm_dnsqr_filter_format(const char *authorities, const char *resolvers, nm_dnsqr_mode mode,
                       nm_buffer *out, nm_error *err)
{
    const servers all[] = {
        {.variable = nm_dnsqr_variable_names[NM_DNSQR_AUTH_ADDRS],
         .list = authorities != NULL ? nm_span_of_text(authorities) : nm_span_of(NULL, 0),
         .query_side = "dst",
         .response_side = "src"},
        {.variable = nm_dnsqr_variable_names[NM_DNSQR_RES_ADDRS],
         .list = resolvers != NULL ? nm_span_of_text(resolvers) : nm_span_of(NULL, 0),
         .query_side = "src",
         .response_side = "dst"},
    };
    const char *texts[] = {authorities, resolvers};
    size_t count = 0;
    size_t len = out->len;
    nm_writer w = nm_writer_begin(out);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (texts[i] == NULL) {
            continue;
        }
        if (count++ > 0) {
            nm_writer_literal(&w, " or ");
        }
        nm_status status = put_servers(&w, &all[i], mode, err);
        if (status != NM_OK) {
            out->len = len;
            return status;
        }
    }
    nm_status status = nm_writer_end(&w);
    return status == NM_OK ? NM_OK : nm_error_set(err, status, 0, "no room for a filter");
}
