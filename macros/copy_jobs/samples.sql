{#- Before a job is created: do the fields of one of its objects fit the declared columns? Redshift
    checks that only when it loads the first file, and then skips the file. The samples are taken by
    `python -m orchestration inventory`; a job without one is created unseen. -#}
{% macro check_samples(steps, state) %}
    {%- set new = [] -%}
    {%- for step in steps if step.kind == 'job' and step.action in ['create', 'replace'] -%}
        {%- do new.append(quoted_text(step.object)) -%}
    {%- endfor -%}
    {%- if not new or not has_bookkeeping(state.catalog, 's3_samples') -%}
        {{ return(steps) }}
    {%- endif -%}
    {%- set query -%}
        select job_name, object_url, fields
        from {{ bookkeeping('s3_samples') }}
        where job_name in ({{ new | join(', ') }})
    {%- endset -%}
    {%- set problems = {} -%}
    {%- for sample in run_query(query).rows -%}
        {%- for step in steps if step.object == sample.job_name -%}
            {%- set problem = sample_problem(step.job, fromjson(sample.fields)) -%}
            {%- if problem -%}
                {%- do step.update({
                    'action': 'refused',
                    'reason': sample.object_url ~ ' does not fit: ' ~ problem,
                    'sql': [],
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(steps) }}
{% endmacro %}

{#- Text and columnar files are read by position, JSON and Avro by name. -#}
{% macro sample_problem(job, fields) %}
    {%- set columns = job.feed.columns | map(attribute='name') | list -%}
    {%- if job.job.format in copy_options().mapping.formats -%}
        {%- set missing = columns | reject('in', fields) | list -%}
        {{ return(
            'it has no field ' ~ (missing | join(', ')) ~ '; it has ' ~ (fields | join(', '))
            if missing | length == columns | length else none
        ) }}
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
