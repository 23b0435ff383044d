/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are written under a name of their own, renamed when they are whole, and handed to a
 * command: D/.B.STAMP.part becomes D/B.STAMP and a suffix. */
#ifndef NM_IO_KICK_FILE_H
#define NM_IO_KICK_FILE_H

#include "base/status.h"

/** Names for one file after the other. */
typedef struct nm_kick_file nm_kick_file;

/** New one, without names so far.
 *  @param path     What the names are made of: folder D ("." where there is none) and base B.
 *  @param suffix   Of finished files; may be empty.
 *  @param command  Run by /bin/sh with the name of the finished file behind it, which is not waited
 *                  for; empty: none.
 *  @return NULL: no memory. All are copied. Free with nm_kick_file_free(). */
nm_kick_file *nm_kick_file_new(const char *path, const char *suffix, const char *command);

/** Accepts NULL. */
void nm_kick_file_free(nm_kick_file *k);

/** Make names for the next file, of the time of day. @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_kick_file_begin(nm_kick_file *k, nm_error *err);

/** Name to write to, and that of the finished file. Borrowed until the next begin(). */
const char *nm_kick_file_part_name(const nm_kick_file *k);
const char *nm_kick_file_name(const nm_kick_file *k);

/** The file is whole and closed: rename it and run the command.
 *  @return NM_OK; NM_E_SYSTEM: it could not be renamed and stays where it is, or the command could
 *          not be started (the file then has its name), *err tells. */
NM_MUST_CHECK nm_status nm_kick_file_finish(nm_kick_file *k, nm_error *err);

#endif
