/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs from descriptors, files, memory and sockets, and the options that they begin with. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "io/input.h"
#include "io/packet_options.h"
#include "io/socket_address.h"
#include "io/source.h"

nm_input_options
nm_input_options_default(void)
{
    return (nm_input_options){
        .limits = nm_limits_default,
        .ring_len = 64U << 20,
        .receive_buffer_len = 16U << 20,
        .line_len = 64U << 20,
    };
}

/* Takes the descriptor, also on failure, if `owns_fd`. */
static nm_status
open_source(int fd, bool owns_fd, const nm_input_options *options, nm_source **out, nm_error *err)
{
    if (options->format == NM_FORMAT_PCAP) {
        return nm_savefile_source_open(fd, owns_fd, /* memory= */ NULL, out, err);
    }
    return options->format == NM_FORMAT_NMSG
               ? nm_file_source_open(fd, owns_fd, &options->limits, out, err)
               : nm_line_source_open(fd, owns_fd, options->line_len,
                                     options->format != NM_FORMAT_PRES, out, err);
}

/* Whether workers have nothing else to do for this input. */
static bool
has_idle_workers(const nm_input_options *options)
{
    bool is_binary = options->format == NM_FORMAT_NMSG || options->format == NM_FORMAT_PCAP;
    return is_binary && options->is_undecoded && options->text_count == 0 && options->pace == NULL;
}

static nm_status
open_stream(int fd, bool owns_fd, const nm_input_options *options, nm_input **out, nm_error *err)
{
    nm_source *source = NULL;
    nm_status status = open_source(fd, owns_fd, options, &source, err);
    if (status == NM_OK && options->part_len > 0 && options->format == NM_FORMAT_NMSG) {
        status = nm_file_source_confine(source, options->part_offset, options->part_len, err);
        if (status != NM_OK) {
            source->ops->free(source);
        }
    }
    if (status != NM_OK) {
        return status;
    }
    if (has_idle_workers(options)) {
        nm_stream_read_ahead(source->ops->stream(source), options->pool);
    }
    return nm_input_open_source(source, options, out, err);
}

nm_status
nm_input_open_fd(int fd, const nm_input_options *options, nm_input **out, nm_error *err)
{
    return open_stream(fd, /* owns_fd= */ false, options, out, err);
}

nm_status
nm_input_open_file(const char *path, const nm_input_options *options, nm_input **out, nm_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return nm_error_set_system(err, errno, "cannot open %s for reading", path);
    }
    return open_stream(fd, /* owns_fd= */ true, options, out, err);
}

nm_status
nm_input_open_fed(const nm_input_options *options, nm_input **out, nm_error *err)
{
    return open_stream(/* fd= */ -1, /* owns_fd= */ false, options, out, err);
}

nm_status
nm_input_open_memory(nm_span octets, const nm_input_options *options, nm_input **out, nm_error *err)
{
    nm_source *source = NULL;
    bool has_packets = options->format == NM_FORMAT_PCAP;
    nm_status status =
        has_packets
            ? nm_savefile_source_open(/* fd= */ -1, /* owns_fd= */ false, &octets, &source, err)
            : open_source(/* fd= */ -1, /* owns_fd= */ false, options, &source, err);
    if (status != NM_OK) {
        return status;
    }
    if (!has_packets) {
        nm_stream_lend(source->ops->stream(source), octets);
    }
    return nm_input_open_source(source, options, out, err);
}

nm_status
nm_input_open_interface(const char *name, const nm_input_options *options, nm_input **out,
                        nm_error *err)
{
    nm_packet_options packets = nm_packet_options_default();
    nm_source *source = NULL;
    nm_status status = nm_interface_source_open(
        name, options->packets != NULL ? options->packets : &packets, &source, err);
    if (status != NM_OK) {
        return status;
    }
    nm_input_options fitting = *options;
    fitting.format = NM_FORMAT_PCAP;
    return nm_input_open_source(source, &fitting, out, err);
}

nm_status
nm_input_open_udp(const nm_endpoint *endpoints, size_t count, const nm_input_options *options,
                  nm_input **out, nm_error *err)
{
    nm_udp_source_options udp = {.ring_len = options->ring_len,
                                 .receive_buffer_len = options->receive_buffer_len,
                                 .spreads_port = options->spreads_port};
    nm_source *source = NULL;
    nm_socket_address *addresses = calloc(count > 0 ? count : 1, sizeof *addresses);
    nm_status status = addresses != NULL
                           ? NM_OK
                           : nm_error_set(err, NM_E_NOMEM, 0, "no memory for %zu addresses", count);
    for (size_t i = 0; status == NM_OK && i < count; i++) {
        status =
            nm_socket_address_find(endpoints[i].address, endpoints[i].port, &addresses[i], err);
    }
    if (status == NM_OK) {
        status = nm_udp_source_open(addresses, count, &udp, &source, err);
    }
    free(addresses);
    if (status != NM_OK) {
        return status;
    }
    nm_input_options fitting = *options;
    fitting.format = NM_FORMAT_NMSG;
    return nm_input_open_source(source, &fitting, out, err);
}

nm_status
nm_input_open_zmq(struct nm_zmq_endpoint *endpoint, const nm_input_options *options, nm_input **out,
                  nm_error *err)
{
    nm_source *source = NULL;
    nm_status status = nm_zmq_source_open(endpoint, &options->limits, &source, err);
    if (status != NM_OK) {
        return status;
    }
    nm_input_options fitting = *options;
    fitting.format = NM_FORMAT_NMSG;
    return nm_input_open_source(source, &fitting, out, err);
}

nm_status
nm_input_open_handed(bool is_shared, const nm_input_options *options, nm_input **out, nm_error *err)
{
    nm_source *source = NULL;
    nm_status status = nm_handed_source_open(is_shared, &source, err);
    if (status != NM_OK) {
        return status;
    }
    nm_input_options fitting = *options;
    fitting.format = NM_FORMAT_NMSG;
    return nm_input_open_source(source, &fitting, out, err);
}
