/* SPDX-License-Identifier: Apache-2.0 */
/* --stats: what each input has counted, as lines that are read by people and programs. */
#include <inttypes.h>

#include "io/packet_options.h"
#include "tool.h"

void
tool_tell_stats(const tool *t)
{
    for (size_t i = 0; i < t->inlet_count; i++) {
        const tool_inlet *inlet = t->inlets[i];
        if (inlet->in == NULL) {
            continue;
        }
        nm_input_stats s = nm_input_stats_get(inlet->in);
        char of_socket[256] = "";
        if (inlet->is_kafka) {
            (void)snprintf(of_socket, sizeof of_socket, " records=%" PRIu64, s.datagrams);
        } else if (inlet->is_socket) {
            (void)snprintf(of_socket, sizeof of_socket,
                           " datagrams=%" PRIu64 " lost_kernel=%" PRIu64 " lost_sequence=%" PRIu64
                           " lost_fragments=%" PRIu64 " ring_full_ms=%" PRIu64
                           " receive_buffer=%zu",
                           s.datagrams, s.kernel_lost, s.sequence_lost, s.fragments_lost,
                           s.ring_full_ns / 1000000, s.receive_buffer_len);
        }
        nm_capture_stats c;
        char of_packets[512] = "";
        if (nm_input_capture_stats_get(inlet->in, &c)) {
            (void)snprintf(of_packets, sizeof of_packets,
                           " packets=%" PRIu64 " cut=%" PRIu64 " bad=%" PRIu64 " other=%" PRIu64
                           " unwanted=%" PRIu64 " fragments=%" PRIu64 " reassembled=%" PRIu64
                           " given_up=%" PRIu64 " waiting=%" PRIu64 " unanswered=%" PRIu64
                           " pushed_out=%" PRIu64 " dropped=%" PRIu64 " lost_kernel=%" PRIu64
                           " lost_interface=%" PRIu64,
                           c.packets, c.cut, c.bad, c.other, c.unwanted, c.fragments, c.reassembled,
                           c.given_up, c.queries, c.unanswered, c.pushed_out, c.filtered,
                           s.kernel_lost, s.interface_lost);
        }
        tool_say("stats: %s: messages=%" PRIu64 " filtered=%" PRIu64 " containers=%" PRIu64
                 " octets=%" PRIu64 " bad_containers=%" PRIu64 " bad_messages=%" PRIu64 "%s%s",
                 inlet->name, s.messages, s.filtered, inlet->is_text ? 0 : s.containers, s.octets,
                 s.bad_containers, s.bad_payloads, of_socket, of_packets);
    }
}

nm_status
tool_tick(void *context)
{
    tool_tell_stats(context);
    return NM_OK;
}
