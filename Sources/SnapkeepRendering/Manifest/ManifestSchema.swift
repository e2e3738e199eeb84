/// The manifest as JSON Schema. It says what a schema can say; the reader checks the rest (limits in bytes, aliases, unique keys).
enum ManifestSchema {
    /// The manifest's own version.
    static let version = 1

    /// The schema as JSON.
    ///
    /// - Parameter id: its `$id`.
    static func text(id: String) -> String {
        #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "\#(id)",
          "title": "snapkeep manifest",
          "description": "The volume snapshots that a team has declared.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "version": { "const": 1, "description": "Format version." },
            "stack": { "type": ["string", "number", "boolean"], "description": "Owner written into each snapshot's stamp. Choose it once." },
            "project_id": { "type": ["string", "number"], "description": "Guard: refuse to run against any other project." },
            "state": {
              "type": "string",
              "description": "Where the state is: a path beside this file, or a URL without user and password.",
              "pattern": "^(?![A-Za-z][A-Za-z0-9+.-]*://[^/]*@).+$"
            },
            "limits": {
              "type": ["object", "null"],
              "description": "What the cloud takes.",
              "additionalProperties": false,
              "properties": {
                "snapshots_per_volume": {
                  "type": "integer", "minimum": 1, "maximum": 10000,
                  "description": "The most snapshots of one volume: what cannot fit is refused."
                }
              }
            },
            "volumes": {
              "type": "object",
              "description": "Names for volumes: an id, or {name: the cloud's name}.",
              "additionalProperties": {
                "oneOf": [
                  { "$ref": "#/$defs/uuid" },
                  {
                    "type": "object", "additionalProperties": false, "required": ["name"],
                    "description": "A volume by the name that it has in the cloud; exactly one has it.",
                    "properties": { "name": { "$ref": "#/$defs/text", "description": "The cloud's name." } }
                  }
                ]
              }
            },
            "defaults": {
              "type": "object",
              "description": "Merged into each snapshot and rotation of the same document; metadata merges by key.",
              "additionalProperties": false,
              "properties": {
                "volume": { "$ref": "#/$defs/volume" },
                "volume_id": { "$ref": "#/$defs/volume_id" },
                "description": { "$ref": "#/$defs/description" },
                "force": { "$ref": "#/$defs/force" },
                "metadata": { "$ref": "#/$defs/metadata" },
                "timeout": { "$ref": "#/$defs/timeout" },
                "protect": { "$ref": "#/$defs/protect" }
              }
            },
            "snapshots": { "type": "array", "description": "The snapshots that are to exist.", "items": { "$ref": "#/$defs/snapshot" } },
            "rotations": { "type": "array", "description": "Snapshots by the calendar, and how long they are kept.", "items": { "$ref": "#/$defs/rotation" } }
          },
          "$defs": {
            "text": { "type": ["string", "number", "boolean"], "description": "A text; quotes are not needed." },
            "uuid": { "type": "string", "description": "An id, as the cloud gave it.", "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$" },
            "volume": { "type": ["string", "number", "boolean"], "description": "A name of 'volumes'." },
            "volume_id": { "$ref": "#/$defs/uuid", "description": "The volume's id in the cloud, where 'volume' names none." },
            "description": { "type": ["string", "number", "boolean", "null"], "maxLength": 255, "description": "What the cloud shows beside the name: one line, at most 255 bytes." },
            "force": { "type": "boolean", "default": false, "description": "Snapshot a volume that is attached. Default false." },
            "metadata": {
              "type": ["object", "null"],
              "description": "Texts by key; put on each snapshot.",
              "propertyNames": { "pattern": "^(?!snapkeep\\.|__system__)[A-Za-z0-9_.:-]{1,255}$" },
              "additionalProperties": { "type": ["string", "number", "boolean"], "maxLength": 255 }
            },
            "timeout": {
              "type": "string", "pattern": "^([0-9]+(h|m|s))+$", "default": "10m",
              "description": "How long to wait for 'available': 90s, 30m, 1h30m. Default 10m."
            },
            "protect": { "type": "boolean", "default": false, "description": "Never delete. Default false." },
            "snapshot": {
              "type": "object",
              "description": "One snapshot.",
              "additionalProperties": false,
              "required": ["name"],
              "properties": {
                "name": { "type": ["string", "number", "boolean"], "maxLength": 255, "description": "What the cloud shows. At most 255 bytes." },
                "key": { "type": ["string", "number", "boolean"], "maxLength": 255, "description": "Identity; default: the name. With one, the name can change in place." },
                "volume": { "$ref": "#/$defs/volume" },
                "volume_id": { "$ref": "#/$defs/volume_id" },
                "id": { "$ref": "#/$defs/uuid", "description": "The snapshot that exists already and stands for this line: it is adopted, nothing is made." },
                "description": { "$ref": "#/$defs/description" },
                "force": { "$ref": "#/$defs/force" },
                "metadata": { "$ref": "#/$defs/metadata" },
                "timeout": { "$ref": "#/$defs/timeout" },
                "protect": { "$ref": "#/$defs/protect" }
              },
              "not": { "required": ["volume", "volume_id"] }
            },
            "rotation_name": {
              "type": ["string", "number", "boolean"], "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
              "description": "Identity; it stands in the key of each snapshot."
            },
            "duration": { "type": "string", "description": "A length of time: 90m, 6h, 14d, 8w.", "pattern": "^([0-9]+(w|d|h|m|s))+$" },
            "count": { "type": "integer", "description": "How many are kept.", "minimum": 0, "maximum": 10000 },
            "rotation": {
              "type": "object",
              "description": "A snapshot of each volume in each period, and how long they stay.",
              "additionalProperties": false,
              "required": ["name", "every", "timezone", "keep"],
              "oneOf": [{ "required": ["volumes"] }, { "required": ["match"] }],
              "properties": {
                "name": { "$ref": "#/$defs/rotation_name" },
                "volumes": {
                  "type": "array", "minItems": 1, "uniqueItems": true, "items": { "$ref": "#/$defs/text" },
                  "description": "Names of 'volumes', or ids."
                },
                "match": {
                  "type": "object", "additionalProperties": false, "minProperties": 1,
                  "description": "Volumes by what the cloud says of them; all that is given must hold.",
                  "properties": {
                    "name": { "type": ["string", "number", "boolean"], "description": "The whole name; '*' stands for any text." },
                    "metadata": { "$ref": "#/$defs/metadata" }
                  }
                },
                "every": { "enum": ["hour", "day", "week", "month"], "description": "How often a snapshot is made." },
                "at": {
                  "type": ["string", "integer"], "minimum": 0, "maximum": 59,
                  "description": "When it is due: hour: \":15\", day: \"02:00\", week: \"sun 02:00\", month: \"1 02:00\". Default: when the period begins."
                },
                "timezone": { "type": "string", "description": "IANA name such as Europe/Berlin." },
                "start_within": {
                  "$ref": "#/$defs/duration", "description": "How late it may be begun: 6h. Default: half a period."
                },
                "keep": {
                  "type": "object", "additionalProperties": false, "minProperties": 1,
                  "description": "How many hours, days and so on keep a snapshot: whatever one of the counts keeps stays.",
                  "properties": {
                    "last": { "$ref": "#/$defs/count", "description": "The newest so many." },
                    "hourly": { "$ref": "#/$defs/count", "description": "So many hours." },
                    "daily": { "$ref": "#/$defs/count", "description": "So many days." },
                    "weekly": { "$ref": "#/$defs/count", "description": "So many weeks." },
                    "monthly": { "$ref": "#/$defs/count", "description": "So many months." },
                    "yearly": { "$ref": "#/$defs/count", "description": "So many years." }
                  }
                },
                "min_good": {
                  "type": "integer", "minimum": 1, "maximum": 10000, "default": 1, "description": "So many good ones always stay. Default 1."
                },
                "prefer": { "enum": ["last", "first"], "default": "last", "description": "Which one of a day, week and so on is kept. Default last." },
                "max_age": { "$ref": "#/$defs/duration", "description": "Older ones go, but for 'min_good': 400d." },
                "paused": { "type": "boolean", "default": false, "description": "Make and expire nothing. Default false." },
                "snapshot": {
                  "type": "object", "additionalProperties": false,
                  "description": "How its snapshots are made.",
                  "properties": {
                    "name": {
                      "type": ["string", "number", "boolean"], "pattern": "^([^{]|\\{(rotation|volume|period)\\})+$",
                      "description": "With {rotation}, {volume} and {period}. Default \"{volume}-{period}\"."
                    },
                    "description": { "$ref": "#/$defs/description" },
                    "force": { "$ref": "#/$defs/force" },
                    "metadata": { "$ref": "#/$defs/metadata" },
                    "timeout": { "$ref": "#/$defs/timeout" }
                  }
                },
                "moved": {
                  "type": "object", "additionalProperties": false, "required": ["from"],
                  "description": "The name that the rotation had: its snapshots go on as this one's.",
                  "properties": { "from": { "$ref": "#/$defs/rotation_name", "description": "Its name so far." } }
                }
              }
            }
          }
        }

        """#
    }
}
