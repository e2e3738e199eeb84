/// The manifest as JSON Schema. It says what a schema can say; the reader checks the rest (limits in bytes, aliases, unique keys).
package enum ManifestSchema {
    package static let text = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "snapkeep manifest",
          "description": "The volume snapshots that a team has declared.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "version": { "const": 1, "description": "Format version." },
            "stack": { "type": ["string", "number", "boolean"], "description": "Owner written into each snapshot's stamp. Choose it once." },
            "project_id": { "type": ["string", "number"], "description": "Guard: refuse to run against any other project." },
            "volumes": {
              "type": "object",
              "description": "Names for volumes: an id, or {name: the cloud's name}.",
              "additionalProperties": {
                "oneOf": [
                  { "$ref": "#/$defs/uuid" },
                  {
                    "type": "object", "additionalProperties": false, "required": ["name"],
                    "properties": { "name": { "$ref": "#/$defs/text" } }
                  }
                ]
              }
            },
            "defaults": {
              "type": "object",
              "description": "Merged into each snapshot of the same document; metadata merges by key.",
              "additionalProperties": false,
              "properties": {
                "volume": { "$ref": "#/$defs/volume" },
                "volume_id": { "$ref": "#/$defs/uuid" },
                "description": { "$ref": "#/$defs/description" },
                "force": { "$ref": "#/$defs/force" },
                "metadata": { "$ref": "#/$defs/metadata" },
                "timeout": { "$ref": "#/$defs/timeout" },
                "protect": { "$ref": "#/$defs/protect" }
              }
            },
            "snapshots": { "type": "array", "items": { "$ref": "#/$defs/snapshot" } }
          },
          "$defs": {
            "text": { "type": ["string", "number", "boolean"] },
            "uuid": { "type": "string", "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$" },
            "volume": { "type": ["string", "number", "boolean"], "description": "A name of 'volumes'." },
            "description": { "type": ["string", "number", "boolean", "null"], "maxLength": 255, "description": "At most 255 bytes, one line." },
            "force": { "type": "boolean", "description": "Snapshot a volume that is attached. Default false." },
            "metadata": {
              "type": ["object", "null"],
              "propertyNames": { "pattern": "^(?!snapkeep\\.|__system__)[A-Za-z0-9_.:-]{1,255}$" },
              "additionalProperties": { "type": ["string", "number", "boolean"], "maxLength": 255 }
            },
            "timeout": { "type": "string", "pattern": "^([0-9]+(h|m|s))+$", "description": "How long to wait for 'available': 90s, 30m, 1h30m. Default 10m." },
            "protect": { "type": "boolean", "description": "Never delete. Default false." },
            "snapshot": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name"],
              "properties": {
                "name": { "type": ["string", "number", "boolean"], "maxLength": 255, "description": "At most 255 bytes." },
                "key": { "type": ["string", "number", "boolean"], "maxLength": 255, "description": "Identity; default: the name." },
                "volume": { "$ref": "#/$defs/volume" },
                "volume_id": { "$ref": "#/$defs/uuid" },
                "id": { "$ref": "#/$defs/uuid", "description": "The snapshot that exists already and stands for this line: it is adopted, nothing is made." },
                "description": { "$ref": "#/$defs/description" },
                "force": { "$ref": "#/$defs/force" },
                "metadata": { "$ref": "#/$defs/metadata" },
                "timeout": { "$ref": "#/$defs/timeout" },
                "protect": { "$ref": "#/$defs/protect" }
              },
              "not": { "required": ["volume", "volume_id"] }
            }
          }
        }

        """#
}
