/* SPDX-License-Identifier: Apache-2.0 */
/* What can be set about inputs of packets, and what the environment says about it. */
#ifndef NM_IO_PACKET_OPTIONS_H
#define NM_IO_PACKET_OPTIONS_H

#include "capture/capture.h"

/** Options of inputs of packets; start from nm_packet_options_default(). What they point to is
 *  copied when an input is opened. */
typedef struct nm_packet_options {
    const char *filter;                         /**< Expression for libpcap; NULL: all packets. */
    const char *dnsqr[NM_DNSQR_VARIABLE_COUNT]; /**< base:dnsqr: values as those of the variables
                                                     of the environment; NULL: not set. Those that
                                                     make no sense count as not set, but for
                                                     addresses. */
    nm_capture_links links;
    nm_ip_limits fragments;
    bool keeps_nsec;     /**< Else times are cut to microseconds. */
    bool is_promiscuous; /**< Interfaces: also packets for others. */
    bool is_immediate;   /**< Interfaces: packets come at once and not some at a time; fewer of them
                               fit the buffer. */
    uint32_t snap_len;   /**< Interfaces: octets of packets that are captured; 0: all. */
    size_t buffer_len;   /**< Interfaces: octets of kernel buffer. */
} nm_packet_options;

enum { NM_PACKET_SNAP_LEN = 1522 /**< Octets of an Ethernet frame with a tag. */ };

/** No filter, usual links, 4,096 datagrams of 64 MiB for 60 s; of interfaces 1522 octets of packets
 *  that are for this host, with 16 MiB of buffer. */
nm_packet_options nm_packet_options_default(void);

/** Set what the environment has and the options have not: NMSG_BPF and DNSQR_….
 *  What is set is borrowed from the environment. */
void nm_packet_options_from_environment(nm_packet_options *options);

/** What a user gives explicitly should make sense.
 *  @param text  NULL: is fine.  @return NM_OK; NM_E_ARGUMENT with what is wrong as text. */
NM_MUST_CHECK nm_status nm_packet_option_check(nm_dnsqr_variable variable, const char *text,
                                               nm_error *err);

#endif
