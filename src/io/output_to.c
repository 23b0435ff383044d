/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs to descriptors, files and sockets: the options that they begin with, and what encodes
 * messages for them. */
#include <errno.h>
#include <fcntl.h>

#include "base/allocator.h"
#include "io/encoder.h"
#include "io/output.h"
#include "io/sink.h"
#include "io/worker_pool.h"
#include "wire/zblock.h"

nm_output_options
nm_output_options_file(void)
{
    return (nm_output_options){
        .container_len = NM_OUTPUT_FILE_LEN,
        .is_buffered = true,
        .zlevel = NM_ZLEVEL_DEFAULT,
        .flush_interval_ns = 5000000000,
        .endline = {.data = (const uint8_t *)"\n", .len = 1},
        .permissions = 0666,
    };
}

nm_output_options
nm_output_options_socket(void)
{
    return (nm_output_options){
        .container_len = NM_OUTPUT_SOCKET_LEN,
        .is_buffered = true,
        .zlevel = NM_ZLEVEL_DEFAULT,
        .flush_interval_ns = 500000000,
    };
}

/* @return NULL with *status set. */
static nm_encoder *
encoder_new(const nm_output_options *options, const nm_sink *sink, nm_status *status, nm_error *err)
{
    nm_builder_options building = {.container_len = options->container_len,
                                   .may_fragment = !sink->takes_any_len,
                                   .has_sequence = sink->is_numbered};
    nm_encoder *encoder = NULL;
    if (options->format == NM_FORMAT_PCAP) {
        encoder = nm_packet_encoder_new(NM_OUTPUT_TEXT_LEN);
    } else if (options->format != NM_FORMAT_NMSG) {
        encoder = nm_text_encoder_new(&(nm_text_options){.format = options->format,
                                                         .aliases = options->aliases,
                                                         .endline = options->endline},
                                      NM_OUTPUT_TEXT_LEN);
    } else {
        *status = nm_random_u64(&building.sequence_id, err);
        if (*status == NM_OK) {
            *status = nm_random_u64(&building.fragment_seed, err);
        }
        if (*status == NM_OK) {
            encoder = nm_container_encoder_new(&building, options->pool);
        }
    }
    if (encoder != NULL && options->is_compressed) {
        encoder->ops->set_zlib(encoder, /* is_on= */ true, options->zlevel);
    }
    if (encoder == NULL && *status == NM_OK) {
        *status = nm_error_set(err, NM_E_NOMEM, 0, "no memory for an output");
    }
    return encoder;
}

nm_status
nm_output_open_sink(nm_sink *sink, const nm_output_options *options, nm_output **ret, nm_error *err)
{
    nm_status status = NM_OK;
    nm_encoder *encoder = encoder_new(options, sink, &status, err);
    if (encoder == NULL) {
        (void)sink->ops->free(sink, /* err= */ NULL); /* The first error is the one to tell. */
        return status;
    }
    return nm_output_open_encoder(sink, encoder, options->format, options, ret, err);
}

/* A file: workers write containers, and have enough to do where there is text. */
static nm_status
open_descriptor(int fd, bool owns_fd, const nm_output_options *options, nm_output **out,
                nm_error *err)
{
    nm_worker_pool *pool = options->format == NM_FORMAT_NMSG ? options->pool : NULL;
    nm_sink *sink = NULL;
    nm_status status = nm_file_sink_open(fd, owns_fd, pool, &sink, err);
    return status == NM_OK ? nm_output_open_sink(sink, options, out, err) : status;
}

nm_status
nm_output_open_fd(int fd, const nm_output_options *options, nm_output **out, nm_error *err)
{
    return open_descriptor(fd, /* owns_fd= */ false, options, out, err);
}

nm_status
nm_output_open_file(const char *path, const nm_output_options *options, nm_output **out,
                    nm_error *err)
{
    static const int flags[] = {
        [NM_FILE_REPLACE] = O_TRUNC, [NM_FILE_APPEND] = O_APPEND, [NM_FILE_NEW] = O_EXCL};
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags[options->file_mode],
                  (mode_t)options->permissions);
    if (fd < 0) {
        return nm_error_set_system(err, errno, "cannot open %s for writing", path);
    }
    return open_descriptor(fd, /* owns_fd= */ true, options, out, err);
}

nm_status
nm_output_open_udp(const char *address, unsigned port, bool is_broadcast,
                   const nm_output_options *options, nm_output **out, nm_error *err)
{
    nm_sink *sink = NULL;
    nm_status status = nm_udp_sink_open(address, port, is_broadcast, options->pace, &sink, err);
    if (status != NM_OK) {
        return status;
    }
    nm_output_options fitting = *options;
    if (fitting.container_len > NM_OUTPUT_DATAGRAM_MAX) {
        fitting.container_len = NM_OUTPUT_DATAGRAM_MAX;
    }
    fitting.format = NM_FORMAT_NMSG;
    return nm_output_open_sink(sink, &fitting, out, err);
}

nm_status
nm_output_open_zmq(struct nm_zmq_endpoint *endpoint, const nm_output_options *options,
                   nm_output **out, nm_error *err)
{
    nm_sink *sink = NULL;
    nm_status status = nm_zmq_sink_open(endpoint, &sink, err);
    if (status != NM_OK) {
        return status;
    }
    nm_output_options fitting = *options;
    fitting.format = NM_FORMAT_NMSG;
    return nm_output_open_sink(sink, &fitting, out, err);
}
