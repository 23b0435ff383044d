/* SPDX-License-Identifier: Apache-2.0 */
/* Filters, with the compiler and the machine of libpcap. */
#include "io/packet_filter.h"

#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/writer.h"
#include "packet/ip.h"

enum { TEXT_MAX = 1 << 20 };

static const char FRAGMENTS[] = "(ip[6:2] & 0x3fff != 0)";

struct nm_packet_filter {
    struct bpf_program wide;
    struct bpf_program datagram; /* For IP packets without a link layer. */
    bool has_wide;
    bool has_datagram;
    nm_buffer text; /* Of the wide one, NUL-terminated. */
};

/* libpcap's own number of a link type. */
static int
dlt_of(uint32_t link_type)
{
    return link_type == NM_LINK_RAW ? DLT_RAW : (int)link_type;
}

/* A compiler for packets of one link type. */
static pcap_t *
compiler_new(uint32_t link_type, uint32_t snap_len)
{
    return pcap_open_dead(dlt_of(link_type), (int)snap_len);
}

/* The texts of a list one behind the other, up to NULL, with a NUL behind them. */
static nm_status
join(nm_buffer *out, const char *const *texts)
{
    nm_writer w = nm_writer_begin(out);
    for (; *texts != NULL; texts++) {
        nm_writer_span(&w, nm_span_of(*texts, strlen(*texts)));
    }
    nm_writer_span(&w, nm_span_of("", 1));
    return nm_writer_end(&w);
}

/* Whether an expression means something for these packets. */
static bool
is_possible(pcap_t *compiler, const char *const *texts)
{
    struct bpf_program program;
    nm_buffer text;
    nm_buffer_init(&text, TEXT_MAX, &nm_allocator_heap);
    bool is_good =
        join(&text, texts) == NM_OK && pcap_compile(compiler, &program, (const char *)text.data,
                                                    /* optimize= */ 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (is_good) {
        pcap_freecode(&program);
    }
    nm_buffer_clear(&text);
    return is_good;
}

/* The expression with what has to pass so that datagrams can be asked about later. */
static nm_status
widen(pcap_t *compiler, const char *expression, nm_buffer *out)
{
    const char *const with_ip[] = {"ip and (", expression, ")", NULL};
    const char *const with_fragments[] = {"(", expression, ") and ", FRAGMENTS, NULL};
    const char *const with_ip6[] = {"(", expression, ") and ip6", NULL};
    const char *const texts[] = {
        "((",
        is_possible(compiler, with_ip) ? "ip and (" : "(",
        expression,
        "))",
        is_possible(compiler, with_fragments) ? " or " : "",
        is_possible(compiler, with_fragments) ? FRAGMENTS : "",
        is_possible(compiler, with_ip6) ? " or ip6)" : ")",
        NULL,
    };
    return join(out, texts);
}

/* The same, also in VLANs. */
static nm_status
write_text(nm_packet_filter *f, pcap_t *compiler, const char *expression, bool is_widened)
{
    static const char *const vlan[] = {"vlan and ip", NULL};
    nm_buffer core;
    nm_buffer_init(&core, TEXT_MAX, &nm_allocator_heap);
    const char *const plain[] = {"(", expression, ")", NULL};
    nm_status status = is_widened ? widen(compiler, expression, &core) : join(&core, plain);
    if (status == NM_OK) {
        const char *text = (const char *)core.data;
        const char *const alone[] = {text, NULL};
        const char *const both[] = {text, " or (vlan and ", text, ")", NULL};
        status = join(&f->text, is_possible(compiler, vlan) ? both : alone);
    }
    nm_buffer_clear(&core);
    return status;
}

static nm_status
compile_wide(nm_packet_filter *f, pcap_t *compiler, const char *expression, bool is_formatted,
             nm_error *err)
{
    const char *const alone[] = {expression, NULL};
    if (!is_possible(compiler, alone)) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "unable to compile bpf '%.100s': %.120s",
                            expression, pcap_geterr(compiler));
    }
    nm_status status =
        write_text(f, compiler, expression, /* is_widened= */ f->has_datagram && !is_formatted);
    if (status != NM_OK) {
        return nm_error_set(err, status, 0, "no memory for the bpf '%.100s'", expression);
    }
    if (pcap_compile(compiler, &f->wide, (const char *)f->text.data, /* optimize= */ 1,
                     PCAP_NETMASK_UNKNOWN) != 0) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "unable to compile bpf '%.100s': %.120s",
                            expression, pcap_geterr(compiler));
    }
    f->has_wide = true;
    return NM_OK;
}

nm_status
nm_packet_filter_new(const char *expression, bool is_formatted, uint32_t link_type,
                     uint32_t snap_len, nm_packet_filter **out, nm_error *err)
{
    nm_packet_filter *f = calloc(1, sizeof *f);
    pcap_t *compiler = compiler_new(link_type, snap_len);
    pcap_t *raw = compiler_new(NM_LINK_RAW, NM_IP_PACKET_LEN_MAX);
    nm_status status = NM_OK;
    if (f == NULL || compiler == NULL || raw == NULL) {
        status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for a filter of packets");
    } else {
        nm_buffer_init(&f->text, TEXT_MAX, &nm_allocator_heap);
        f->has_datagram = pcap_compile(raw, &f->datagram, expression, /* optimize= */ 1,
                                       PCAP_NETMASK_UNKNOWN) == 0;
        status = compile_wide(f, compiler, expression, is_formatted, err);
    }
    if (compiler != NULL) {
        pcap_close(compiler);
    }
    if (raw != NULL) {
        pcap_close(raw);
    }
    if (status != NM_OK) {
        nm_packet_filter_free(f);
        return status;
    }
    *out = f;
    return NM_OK;
}

void
nm_packet_filter_free(nm_packet_filter *f)
{
    if (f == NULL) {
        return;
    }
    if (f->has_wide) {
        pcap_freecode(&f->wide);
    }
    if (f->has_datagram) {
        pcap_freecode(&f->datagram);
    }
    nm_buffer_clear(&f->text);
    free(f);
}

static bool
matches(const struct bpf_program *program, nm_span octets, size_t len)
{
    return bpf_filter(program->bf_insns, octets.data, (u_int)len, (u_int)octets.len) != 0;
}

bool
nm_packet_filter_takes(const nm_packet_filter *f, const nm_captured *packet)
{
    return matches(&f->wide, packet->octets, packet->len);
}

bool
nm_packet_filter_is_about_ip(const nm_packet_filter *f)
{
    return f->has_datagram;
}

bool
nm_packet_filter_passes(void *context, nm_span packet)
{
    const nm_packet_filter *f = context;
    return !f->has_datagram || matches(&f->datagram, packet, packet.len);
}

const char *
nm_packet_filter_text(const nm_packet_filter *f)
{
    return (const char *)f->text.data;
}
