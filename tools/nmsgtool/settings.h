/* SPDX-License-Identifier: Apache-2.0 */
/* What options mean: numbers, names and addresses read from their texts. Opens nothing. */
#ifndef NMSGTOOL_SETTINGS_H
#define NMSGTOOL_SETTINGS_H

#include "base/address.h"
#include "base/buffer.h"
#include "filter/header_filter.h"
#include "filter/sample.h"
#include "io/packet_options.h"
#include "message/alias.h"
#include "message/header_change.h"
#include "message/schema.h"
#include "options.h"

/** Ports of one address, for -l and -s. */
typedef struct tool_ports {
    char address[NM_ADDRESS_TEXT_MAX + 1]; /**< IPv4 or IPv6, NUL-terminated. */
    unsigned first;
    unsigned last;
    uint64_t rate;  /**< Datagrams a second; 0: no limit. */
    uint64_t freq;  /**< Pauses a second that were asked for. */
    uint64_t burst; /**< Datagrams between two pauses. */
} tool_ports;

/** Read "ADDR/PORT", "ADDR/FIRST..LAST", and for outputs ",RATE" or ",RATE,FREQ" behind it.
 *  @param letter  's' for outputs, 'l' for inputs: for error texts.
 *  @param err     The text of a usage error.  @return NM_OK, NM_E_ARGUMENT. */
NM_MUST_CHECK nm_status tool_ports_parse(const char *text, char letter, tool_ports *out,
                                         nm_error *err);

/** What the options come to, as far as they are more than their texts. */
typedef struct tool_settings {
    const nm_schema *schema;   /**< Of -V and -T; NULL: none. */
    nm_header_filter filter;   /**< For inputs of containers. */
    nm_header_change change;   /**< Of --set…. */
    nm_packet_options packets; /**< For inputs of packets; borrowed from the options. */
    int zlevel;                /**< As nm_output_options; 0: its default. */
    nm_buffer endline;
    const char *kicker; /**< NULL: files are not changed. */
    nm_sample *samples; /**< The filters. */
    size_t sample_count;
    bool drops_rest; /**< What no filter decides on is dropped. */
} tool_settings;

/** Work out the settings.
 *  @param kicker  Of the environment, for want of the option; or NULL.
 *  @param seed    Of random choices.
 *  @param out     Filled, also on failure; free with tool_settings_clear().
 *  @param err     Optional; what to tell, from "usage error: " on where it is one.
 *  @return NM_OK, NM_E_ARGUMENT, NM_E_NOMEM. */
NM_MUST_CHECK nm_status tool_settings_make(const tool_options *options, const nm_aliases *aliases,
                                           const char *kicker, uint64_t seed, tool_settings *out,
                                           nm_error *err);

/** What options say about packets, of all interfaces and capture files.
 *  @param err  As above.  @return NM_OK, NM_E_ARGUMENT. */
NM_MUST_CHECK nm_status tool_packet_settings_make(const tool_options *options,
                                                  nm_packet_options *out, nm_error *err);

enum { TOOL_INTERFACE_ROOM = 64 /**< Octets for the name of an interface, with a NUL. */ };

/** Read "IF", "IF+", "IF,SNAP" or "IF+,SNAP".
 *  @param name  Room for TOOL_INTERFACE_ROOM.
 *  @param out   is_promiscuous and snap_len are set.  @return NM_OK, NM_E_ARGUMENT. */
NM_MUST_CHECK nm_status tool_interface_parse(const char *text, char *name, nm_packet_options *out,
                                             nm_error *err);

void tool_settings_clear(tool_settings *settings);

#endif
