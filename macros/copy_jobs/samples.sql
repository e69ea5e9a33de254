{#- Before a job is created: do the fields of one of its objects fit the declared columns? Redshift
    checks that only when it loads the first file, and then skips the file. The samples are taken by
    `python -m orchestration inventory`; a job without one is created unseen. -#}
{% macro check_samples(steps, catalog) %}
    {%- set new = {} -%}
    {%- for step in steps if step.kind == 'job' and step.action in ['create', 'replace'] -%}
        {%- do new.update({step.object: step}) -%}
    {%- endfor -%}
    {%- if new and has_bookkeeping(catalog, 's3_samples') -%}
        {%- for sample in run_query('select job_name, object_url, fields from ' ~ bookkeeping('s3_samples')).rows
            if sample.job_name in new -%}
            {%- set problem = sample_problem(new[sample.job_name].job, fromjson(sample.fields)) -%}
            {%- if problem -%}
                {%- do new[sample.job_name].update({
                    'action': 'refused', 'reason': sample.object_url ~ ' does not fit: ' ~ problem, 'sql': [],
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(steps) }}
{% endmacro %}

{#- Text and columnar files are read by position, JSON and Avro by name. -#}
{% macro sample_problem(job, fields) %}
    {%- set columns = job.feed.columns | map(attribute='name') | list -%}
    {%- if job.job.format in ['json', 'avro'] -%}
        {%- set shared = columns | select('in', fields) | list -%}
        {{ return(none if shared else 'it has none of the columns; its fields are ' ~ (fields | join(', '))) }}
    {%- elif fields | length != columns | length -%}
        {{ return('it has ' ~ (fields | length) ~ ' fields (' ~ (fields | join(', ')) ~ '), declared are '
            ~ (columns | length) ~ ' columns') }}
    {%- endif -%}
    {%- for position in range(columns | length) if fields[position] | lower | trim != columns[position] -%}
        {{ return('field ' ~ (position + 1) ~ " is '" ~ fields[position] ~ "', declared is '"
            ~ columns[position] ~ "'; list the columns in file order") }}
    {%- endfor -%}
    {{ return(none) }}
{% endmacro %}
