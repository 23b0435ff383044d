/* SPDX-License-Identifier: Apache-2.0 */
/* In what form messages stand in a stream. */
#ifndef NM_IO_FORMAT_H
#define NM_IO_FORMAT_H

/** Forms that files and pipes may have; datagrams are containers always. */
typedef enum nm_format {
    NM_FORMAT_NMSG, /**< Containers. */
    NM_FORMAT_JSON, /**< One JSON object per line (docs/format.md, JSON). */
    NM_FORMAT_PRES, /**< Presentation text (docs/format.md, Presentation). */
    NM_FORMAT_PCAP, /**< Packets that messages are made of, or that are in them: a capture file. */
} nm_format;

#endif
