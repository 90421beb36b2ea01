/** What went wrong, said above the record, with what can be done about it. */

import { tell } from "./banner.js";
import { conditions, Refused, settings } from "./server.js";
import { say } from "./words.js";

/** Says why something was refused; what is no refusal is a fault, and is thrown on. */
export function complain(refused) {
  if (!(refused instanceof Refused)) throw refused;
  if (refused.code === "login_required") {
    const back = encodeURIComponent(window.location.pathname + conditions);
    const signIn = () => window.open(`${settings.addresses.login}?next=${back}`, "_blank", "noopener");
    tell(say("signed_out"), [[say("sign_in"), signIn], [say("close"), () => tell("")]], true);
  } else if (refused.code === "other_user") {
    tell(refused.message, [[say("reload"), () => window.location.reload()]], true);
  } else {
    tell(refused.message, [], true);
  }
}
