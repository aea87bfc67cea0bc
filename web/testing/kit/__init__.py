"""The conformance kit: what every plugin must keep, one check a promise, each told in a sentence that says what to do.

    from web.testing.kit.suite import examine, find_subject, scratch_app, staged

    app = scratch_app()                      # loads the plugins and mounts them
    subject = find_subject("snow_duty")
    with staged(subject, app, server.new_database) as stage:
        for outcome in examine(subject, stage): ...

`baodao plugin check NAME` and `pytest --baodao NAME` run it. A check is a function that yields what is wrong; those of `static`
read the plugin's manifest and files, those of the other modules try it on two tenants of a scratch database.
"""
