/* SPDX-License-Identifier: Apache-2.0 */
/* The table of optional libraries. Here alone it matters which of them a build has: what opens a
 * transport whose library is not there stands at the end, and says what to install. */
#include "io/backend.h"

#include "io/kafka.h"
#include "io/packet_filter.h"
#include "io/packet_options.h"
#include "io/sink.h"
#include "io/source.h"

#ifdef NM_HAVE_PCAP
enum { HAS_PCAP = 1 };
#else
enum { HAS_PCAP = 0 };
#endif
#ifdef NM_HAVE_ZMQ
enum { HAS_ZMQ = 1 };
#else
enum { HAS_ZMQ = 0 };
#endif
#ifdef NM_HAVE_KAFKA
enum { HAS_KAFKA = 1 };
#else
enum { HAS_KAFKA = 0 };
#endif

static const struct {
    const char *library;
    const char *package; /* Of Debian and Ubuntu. */
    bool is_present;
} backends[] = {
    [NM_BACKEND_PCAP] = {"libpcap", "libpcap-dev", HAS_PCAP != 0},
    [NM_BACKEND_ZMQ] = {"libzmq", "libzmq3-dev", HAS_ZMQ != 0},
    [NM_BACKEND_KAFKA] = {"librdkafka", "librdkafka-dev", HAS_KAFKA != 0},
};

const char *
nm_backend_library(nm_backend backend)
{
    return backends[backend].library;
}

const char *
nm_backend_package(nm_backend backend)
{
    return backends[backend].package;
}

bool
nm_backend_is_present(nm_backend backend)
{
    return backends[backend].is_present;
}

nm_status
nm_backend_fail(nm_backend backend, nm_error *err)
{
    return nm_error_set(err, NM_E_ABSENT, /* offset= */ 0,
                        "this build lacks %s (package %s on Debian and Ubuntu)",
                        backends[backend].library, backends[backend].package);
}

/* -- what opens them, in builds that lack them -- */

#ifndef NM_HAVE_ZMQ

nm_status
nm_zmq_source_open(struct nm_zmq_endpoint *endpoint, const nm_limits *limits, nm_source **out,
                   nm_error *err)
{
    (void)endpoint;
    (void)limits;
    (void)out;
    return nm_backend_fail(NM_BACKEND_ZMQ, err);
}

nm_status
nm_zmq_sink_open(struct nm_zmq_endpoint *endpoint, nm_sink **out, nm_error *err)
{
    (void)endpoint;
    (void)out;
    return nm_backend_fail(NM_BACKEND_ZMQ, err);
}

#endif

#ifndef NM_HAVE_PCAP

nm_status
nm_packet_filter_new(const char *expression, bool is_formatted, uint32_t link_type,
                     uint32_t snap_len, nm_packet_filter **out, nm_error *err)
{
    (void)expression;
    (void)is_formatted;
    (void)link_type;
    (void)snap_len;
    (void)out;
    return nm_backend_fail(NM_BACKEND_PCAP, err);
}

/* There is none. */
void
nm_packet_filter_free(nm_packet_filter *filter)
{
    (void)filter;
}

bool
nm_packet_filter_takes(const nm_packet_filter *filter, const nm_captured *packet)
{
    (void)filter;
    (void)packet;
    return true;
}

bool
nm_packet_filter_is_about_ip(const nm_packet_filter *filter)
{
    (void)filter;
    return false;
}

bool
nm_packet_filter_passes(void *context, nm_span packet)
{
    (void)context;
    (void)packet;
    return true;
}

const char *
nm_packet_filter_text(const nm_packet_filter *filter)
{
    (void)filter;
    return "";
}

nm_status
nm_interface_source_open(const char *name, const nm_packet_options *options, nm_source **out,
                         nm_error *err)
{
    (void)name;
    (void)options;
    (void)out;
    return nm_backend_fail(NM_BACKEND_PCAP, err);
}

nm_status
nm_interface_source_filter(nm_source *source, const char *expression, nm_error *err)
{
    (void)source;
    (void)expression;
    return nm_backend_fail(NM_BACKEND_PCAP, err);
}

#endif

#ifndef NM_HAVE_KAFKA

nm_status
nm_input_open_kafka(const nm_kafka_options *options, const nm_input_options *input,
                    const nm_wait *wait, nm_input **out, nm_error *err)
{
    (void)options;
    (void)input;
    (void)wait;
    (void)out;
    return nm_backend_fail(NM_BACKEND_KAFKA, err);
}

nm_output_options
nm_output_options_kafka(void)
{
    return nm_output_options_socket();
}

nm_status
nm_output_open_kafka(const nm_kafka_options *options, const nm_output_options *output,
                     const nm_wait *wait, nm_output **out, nm_error *err)
{
    (void)options;
    (void)output;
    (void)wait;
    (void)out;
    return nm_backend_fail(NM_BACKEND_KAFKA, err);
}

#endif
