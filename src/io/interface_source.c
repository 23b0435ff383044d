/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from an interface, with libpcap. The kernel puts them into a ring that is shared with it,
 * from which they are taken without a system call, so no thread is needed that saves them. */
#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "io/os.h"
#include "io/packet_options.h"
#include "io/source.h"

enum {
    GATHER_MS = 100, /* A packet comes this much later at most, so that more come with it. */
    IDLE_MS = 1000,  /* How often somebody is to look at the clock. */
    SNAP_LEN_MAX = 262144,
};

typedef struct interface_source {
    nm_source source;
    pcap_t *handle;
    int fd; /* Of the socket. */
    nm_alarm alarm;
    bool is_watched;      /* Somebody asked for fileno(). */
    bool is_pending;      /* The flag of the alarm is set. */
    pthread_mutex_t lock; /* Held while the kernel is asked for its counts: that empties them. */
    size_t buffer_len;
    _Atomic uint64_t octets;
    char name[64];
} interface_source;

static nm_status
fail(const char *name, const char *what, int code, nm_error *err)
{
    int number = code == PCAP_ERROR_NO_SUCH_DEVICE ? ENODEV
                 : code == PCAP_ERROR_PERM_DENIED  ? EPERM
                 : code == PCAP_ERROR_IFACE_NOT_UP ? ENETDOWN
                                                   : EIO;
    const char *text = what != NULL && what[0] != '\0' ? what : pcap_statustostr(code);
    return nm_error_set_system(err, number, "%s: %.200s", name, text);
}

static void
interface_set_pending(nm_source *source, bool is_pending)
{
    interface_source *s = (interface_source *)source;
    if (!s->is_watched || is_pending == s->is_pending) {
        return;
    }
    s->is_pending = is_pending;
    if (is_pending) {
        nm_event_set(&s->alarm.flag);
    } else {
        nm_event_unset(&s->alarm.flag);
    }
}

/* A packet that is there. @return NM_OK, NM_AGAIN, NM_E_SYSTEM. */
static nm_status
take(interface_source *s, nm_frame *out, nm_error *err)
{
    struct pcap_pkthdr *header = NULL;
    const u_char *octets = NULL;
    int result = pcap_next_ex(s->handle, &header, &octets);
    if (result < 0) {
        s->source.has_ended = true;
        return fail(s->name, pcap_geterr(s->handle), result, err);
    }
    if (result == 0) {
        return NM_AGAIN;
    }
    *out = (nm_frame){.octets = nm_span_of(octets, header->caplen),
                      .time_sec = header->ts.tv_sec,
                      .time_nsec = (uint32_t)header->ts.tv_usec * 1000,
                      .wire_len = header->len};
    atomic_fetch_add_explicit(&s->octets, (uint64_t)header->caplen, memory_order_relaxed);
    return NM_OK;
}

static nm_status
interface_next(nm_source *source, const nm_wait *wait, nm_frame *out, nm_error *err)
{
    interface_source *s = (interface_source *)source;
    if (source->has_ended) {
        return NM_END;
    }
    *out = (nm_frame){.octets = nm_span_of(NULL, 0)};
    nm_status status = take(s, out, err);
    if (status == NM_OK) {
        interface_set_pending(source, /* is_pending= */ true);
        return NM_OK;
    }
    if (status != NM_AGAIN) {
        return status;
    }
    interface_set_pending(source, /* is_pending= */ false);
    nm_alarm_rest(&s->alarm);
    if (wait == NULL) {
        return NM_AGAIN;
    }
    status = nm_wait_fd(s->alarm.fd, POLLIN, wait, err);
    source->has_ended = status == NM_E_SYSTEM;
    /* Perhaps it is only time to look at the clock. */
    status = status == NM_OK ? take(s, out, err) : status;
    interface_set_pending(source, /* is_pending= */ status == NM_OK);
    return status == NM_AGAIN ? NM_OK : status;
}

static nm_source_counts
interface_counts(nm_source *source)
{
    interface_source *s = (interface_source *)source;
    struct pcap_stat counts = {.ps_recv = 0};
    pthread_mutex_lock(&s->lock);
    bool is_known = pcap_stats(s->handle, &counts) == 0;
    pthread_mutex_unlock(&s->lock);
    nm_source_counts result = {
        .octets = atomic_load_explicit(&s->octets, memory_order_relaxed),
        .receive_buffer_len = s->buffer_len,
    };
    if (is_known) {
        result.kernel_lost = counts.ps_drop;
        result.interface_lost = counts.ps_ifdrop;
    }
    return result;
}

static int
interface_fileno(nm_source *source)
{
    ((interface_source *)source)->is_watched = true;
    return ((interface_source *)source)->alarm.fd;
}

static int
interface_own_fileno(nm_source *source)
{
    return ((interface_source *)source)->fd;
}

/* The ring in memory is the parent's, too: both would take each other's packets. */
static nm_status
interface_adopt(nm_source *source, nm_error *err)
{
    (void)source;
    return nm_error_set(err, NM_E_FORKED, 0, "%s", nm_status_text(NM_E_FORKED));
}

static void
interface_free(nm_source *source)
{
    interface_source *s = (interface_source *)source;
    nm_alarm_close(&s->alarm);
    if (s->handle != NULL) {
        pcap_close(s->handle);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static const nm_source_ops interface_ops = {
    .next = interface_next,
    .set_pending = interface_set_pending,
    .counts = interface_counts,
    .fileno = interface_fileno,
    .own_fileno = interface_own_fileno,
    .adopt = interface_adopt,
    .free = interface_free,
};

/* Begin to capture. */
static nm_status
activate(interface_source *s, const nm_packet_options *options, nm_error *err)
{
    uint32_t snap_len = options->snap_len;
    char text[PCAP_ERRBUF_SIZE] = "";
    if (snap_len == 0 || snap_len > SNAP_LEN_MAX) {
        snap_len = SNAP_LEN_MAX;
    }
    s->handle = pcap_create(s->name, text);
    if (s->handle == NULL) {
        return fail(s->name, text, PCAP_ERROR, err);
    }
    s->buffer_len = options->buffer_len < INT32_MAX ? options->buffer_len : INT32_MAX;
    /* Fail only for handles that are active, which this one is not. */
    (void)pcap_set_snaplen(s->handle, (int)snap_len);
    (void)pcap_set_promisc(s->handle, options->is_promiscuous);
    (void)pcap_set_timeout(s->handle, GATHER_MS);
    (void)pcap_set_immediate_mode(s->handle, options->is_immediate);
    (void)pcap_set_buffer_size(s->handle, (int)s->buffer_len);
    int result = pcap_activate(s->handle);
    if (result < 0) {
        return fail(s->name, pcap_geterr(s->handle), result, err);
    }
    result = pcap_setnonblock(s->handle, /* nonblock= */ 1, text);
    if (result < 0) {
        return fail(s->name, text, result, err);
    }
    s->fd = pcap_get_selectable_fd(s->handle);
    s->source.has_kind = true;
    s->source.kind = (nm_packet_kind){
        .link_type = (uint32_t)pcap_datalink(s->handle), .snap_len = snap_len, .is_live = true};
    return nm_alarm_open(s->fd, IDLE_MS, &s->alarm, err);
}

nm_status
nm_interface_source_open(const char *name, const nm_packet_options *options, nm_source **out,
                         nm_error *err)
{
    interface_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return nm_error_set(err, NM_E_NOMEM, 0, "no memory for an input of packets");
    }
    s->source = (nm_source){.ops = &interface_ops, .is_quick = true};
    s->alarm = (nm_alarm){.fd = -1, .timer_fd = -1, .flag = {-1, -1}};
    pthread_mutex_init(&s->lock, /* attributes= */ NULL);
    nm_status status = NM_OK;
    if (strlen(name) >= sizeof s->name) {
        status = fail("interface", "the name is too long", PCAP_ERROR_NO_SUCH_DEVICE, err);
    } else {
        memcpy(s->name, name, strlen(name) + 1);
        status = activate(s, options, err);
    }
    if (status != NM_OK) {
        interface_free(&s->source);
        return status;
    }
    *out = &s->source;
    return NM_OK;
}

nm_status
nm_interface_source_filter(nm_source *source, const char *expression, nm_error *err)
{
    interface_source *s = (interface_source *)source;
    struct bpf_program program;
    if (pcap_compile(s->handle, &program, expression, /* optimize= */ 1, PCAP_NETMASK_UNKNOWN) !=
        0) {
        return nm_error_set(err, NM_E_ARGUMENT, 0, "unable to compile bpf: %.200s",
                            pcap_geterr(s->handle));
    }
    int result = pcap_setfilter(s->handle, &program);
    pcap_freecode(&program);
    return result == 0 ? NM_OK
                       : nm_error_set(err, NM_E_ARGUMENT, 0, "unable to set the bpf: %.200s",
                                      pcap_geterr(s->handle));
}
