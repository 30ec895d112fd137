/* What is said in a group, CONTENT.md in types; and what the fields of all commands are made of. */

/** base64url. */
export type Id = string;
/** Milliseconds since 1970. */
export type Time = number;
export type None = Record<never, never>;

export type Category =
  | "other" | "shouting" | "violence" | "child" | "neglect" | "older_person" | "not_seen"
  | "threat";
export type Frequency = "not_said" | "once" | "several" | "weekly" | "daily" | "now";
export type Precision = "not_said" | "hour" | "day" | "week" | "month" | "year";

export interface Since {
  precision: Precision;
  time: Time;
}

export interface Ref {
  author: Id;
  event: Id;
}

export interface ConcernFields {
  category: Category;
  text: string;
  since?: Since;
  how_often?: Frequency;
  where?: string;
}

/** The fields of each kind of post. */
export interface PostFields {
  concern: ConcernFields;
  corroboration: { ref: Ref; text?: string };
  comment: { ref: Ref; text: string };
  called_112: { ref?: Ref; text?: string };
  announcement: { text: string };
  chat: { text: string; ref?: Ref };
  edit: { ref: Ref; kind_fields: object };
  retraction: { ref: Ref; text?: string };
  display_name: { name: string };
}

export type PostKind = keyof PostFields;

export type Post = {
  [K in PostKind]: { group: Id; kind: K; kept?: string } & PostFields[K];
}[PostKind];
