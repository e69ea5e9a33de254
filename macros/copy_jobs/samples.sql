{#- Redshift checks whether the fields of a file fit the columns only when it loads the first one, and then
    skips the file. `python -m orchestration inventory` takes the samples; without one a job is created unseen. -#}
{% macro refuse_misfits(steps, catalog) %}
    {%- set new = steps | selectattr('job') | selectattr('action', 'in', ['create', 'replace']) | list -%}
    {%- set samples = run_query('select job_name, object_url, fields from ' ~ bookkeeping('s3_samples')).rows
        if new and bookkeeping('s3_samples') in catalog.tables else [] -%}
    {%- for sample in samples -%}
        {%- for step in new | selectattr('object', 'equalto', sample.job_name) -%}
            {%- set problem = sample_problem(step.job, fromjson(sample.fields)) -%}
            {%- set reason = sample.object_url ~ ' does not fit: ' ~ problem -%}
            {%- do step.update({'action': 'refused', 'reason': reason, 'sql': []}) if problem -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}

{#- Text and columnar files are read by position, JSON and Avro by name. -#}
{% macro sample_problem(job, fields) %}
    {%- set columns, found = job.feed.columns | map(attribute='name') | list, fields | join(', ') -%}
    {%- if job.job.format in ['json', 'avro'] -%}
        {%- set shared = columns | select('in', fields) | list -%}
        {{ return(none if shared else 'it has none of the columns; its fields are ' ~ found) }}
    {%- elif fields | length != columns | length -%}
        {{ return('it has ' ~ (fields | length) ~ ' fields (' ~ found ~ '), declared are '
            ~ (columns | length) ~ ' columns') }}
    {%- endif -%}
    {%- for field, column in zip(fields, columns) if field | lower | trim != column -%}
        {{ return('field ' ~ (columns.index(column) + 1) ~ " is '" ~ field ~ "', declared is '" ~ column
            ~ "'; list the columns in file order") }}
    {%- endfor -%}
{% endmacro %}
