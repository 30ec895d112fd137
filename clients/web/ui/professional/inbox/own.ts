/* Which of one's inboxes a screen is about: the one that the route names, or else the first. */
import type { OwnInbox } from "../../../src/core/professional.ts";
import { useOwnInboxes } from "../../app/inboxes.tsx";
import { router } from "../../app/routes.ts";
import { useRoute } from "../../client.tsx";

export function useOwnInbox(): OwnInbox | undefined {
  const inboxes = useOwnInboxes();
  const { params } = useRoute(router);
  return inboxes.find(({ inbox }) => inbox === params?.inbox) ?? inboxes[0];
}
