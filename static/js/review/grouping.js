/** The group of photographs that the record is in: split before it, joined with the next, and the last of this undone. */

import { tell } from "./banner.js";
import { post, Refused } from "./server.js";
import { at, rows, showRecord } from "./sheet.js";
import { say } from "./words.js";

/** What is typed stays: `typedRows()` tells it and `putBack(rows)` lays it into the record as it is told anew. */
export function createRegrouping({ records, alone, typedRows, putBack }) {
  async function ask(record, what) {
    try {
      return await post("group", { do: what, blind: record.blind }, record.id);
    } catch (refused) {
      if (!(refused instanceof Refused) || !refused.record) throw refused;
      return { record: refused.record, message: refused.message, isRefused: true };
    }
  }

  async function change(record, what) {
    const typed = typedRows();
    const told = await ask(record, what);
    showRecord(records.replace(told.record), rows[at].field.name);
    putBack(typed);
    const undo = () => alone(() => change(records.current, "undo"));
    const acts = what === "undo" || told.isRefused ? [] : [[say("undo_group"), undo], [say("close"), () => tell("")]];
    tell(told.message, acts, Boolean(told.isRefused));
  }

  /** Does `split` or `join`. */
  return function regroup(what) {
    const record = records.current;
    if (record && record.photo_group) return alone(() => change(record, what));
    tell(say("no_group"));
    return undefined;
  };
}
