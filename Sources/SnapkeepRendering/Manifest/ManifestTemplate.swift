/// The manifest that `init` writes. It is valid as it stands, and a test applies it.
package enum ManifestTemplate {
    package static let text = """
        # The volume snapshots that this team keeps. 'snapkeep plan' shows what is missing, 'snapkeep apply' makes it.
        # 'snapkeep schema > snapkeep.schema.json' writes a JSON Schema; this line points editors at it:
        # yaml-language-server: $schema=snapkeep.schema.json
        version: 1

        # The owner written into the cloud, by which a snapshot is found again. Choose it once; it cannot change later.
        stack: my-team

        # A guard: refuse to run against any other project.
        # project_id: 0c2eba2c5af04d3f9e9d0d410b371fde

        # Names for volumes, so that reviewers read names.
        volumes:
          orders-db: 5aa119a8-d25b-45a7-8d1b-88e127885635
          # billing: {name: billing-data}     # by its name in the cloud; exactly one must bear it

        # Merged into each snapshot below; metadata merges key by key.
        defaults:
          metadata: {team: payments}

        snapshots:
          - name: orders-first
            volume: orders-db                 # or volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
            description: Before the first release
            # key: orders-first               # the identity; give one to be able to change the name in place
            # id: ffa9bc5e-1172-4021-acaf-cdcd78a9584d   # it exists already: adopt it, make nothing
            # force: true                     # for a volume that is attached
            # metadata: {reason: pre-upgrade}
            # timeout: 30m                    # how long to wait until it is available
            # protect: true                   # never delete it

        # Snapshots that are made again and again; old ones go when no count of 'keep' keeps them any more.
        # rotations:
        #   - name: nightly
        #     volumes: [orders-db]
        #     every: day                      # or hour, week, month
        #     at: "02:00"
        #     timezone: Europe/Berlin
        #     keep: {daily: 7, weekly: 4, monthly: 12}

        # What the cloud takes: rotations that cannot fit are refused.
        # limits: {snapshots_per_volume: 256}

        """
}
