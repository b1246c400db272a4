//! The questions to the catalogue. A handful for the whole schema, however many objects it has.
//!
//! Each answers with the kind's word, the table, the name, the table or view that the object goes with, and its
//! fields in the order of [`super::Kind::fields`]; everything as text. `$1` is the schema. Only `pg_catalog` is
//! asked: the views of `information_schema` leave out what the role may not touch.

/// Sets where names are looked for: it has to be the same for every catalogue that is compared. What an extension
/// brings is spelled alike wherever it was put.
pub(super) const PATH: &str = "SELECT set_config('search_path', concat_ws(', ', quote_ident($1::text), \
     (SELECT string_agg(DISTINCT quote_ident(n.nspname), ', ') \
        FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
        WHERE n.nspname NOT IN ('pg_catalog', $1::text))), true), \
     (SELECT count(*)::text FROM pg_catalog.pg_namespace WHERE nspname = $1::text)";

/// Begins a question: the schema, and what belongs to extensions.
macro_rules! ask {
    ($($text:literal)*) => {
        concat!(
            "WITH s AS (SELECT oid FROM pg_namespace WHERE nspname = $1::text), ",
            "ext AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e') ",
            $($text, "\n"),*
        )
    };
}

const RELATIONS: &str = ask! {
    "SELECT CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, NULL::text, c.relname::text, c.relname::text,"
    "  CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'p' THEN 'partitioned table'"
    "    WHEN 'f' THEN 'foreign table' ELSE CASE c.relpersistence WHEN 'u' THEN 'unlogged table' ELSE 'table' END END,"
    "  CASE WHEN c.relkind IN ('v', 'm')"
    "    THEN btrim(pg_get_viewdef(c.oid)) || coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '')"
    "    WHEN c.relforcerowsecurity AND c.relrowsecurity THEN 'forced' WHEN c.relrowsecurity THEN 'enabled' END,"
    "  nullif(concat_ws(' ', (SELECT 'of ' || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)"
    "      FROM pg_inherits i WHERE i.inhrelid = c.oid),"
    "    pg_get_expr(c.relpartbound, c.oid), 'by ' || pg_get_partkeydef(c.oid)), '')"
    "FROM pg_class c, s"
    "WHERE c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
    "  AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)"
};

const COLUMNS: &str = ask! {
    "SELECT 'column', c.relname::text, a.attname::text, c.relname::text, format_type(a.atttypid, a.atttypmod),"
    "  CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END, pg_get_expr(d.adbin, d.adrelid),"
    "  CASE a.attidentity WHEN 'a' THEN 'always as identity' WHEN 'd' THEN 'by default as identity'"
    "    ELSE CASE a.attgenerated WHEN 's' THEN 'always stored' WHEN 'v' THEN 'always virtual' END END,"
    "  o.collname::text"
    "FROM s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'f')"
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    "JOIN pg_type t ON t.oid = a.atttypid"
    "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    "LEFT JOIN pg_collation o ON o.oid = a.attcollation AND a.attcollation <> t.typcollation"
    "WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)"
};

/// Constraints. What a partition has from its table is not listed again; NOT NULL is told with its column.
const CONSTRAINTS: &str = ask! {
    "SELECT CASE k.contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END, c.relname::text, k.conname::text,"
    "  c.relname::text, pg_get_constraintdef(k.oid)"
    "FROM s JOIN pg_class c ON c.relnamespace = s.oid JOIN pg_constraint k ON k.conrelid = c.oid"
    "WHERE (k.contype IN ('c', 'f', 'p', 'u', 'x') OR k.contype = 'n' AND NOT k.convalidated) AND k.conparentid = 0"
    "  AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)"
};

/// Indexes, without those that come with a constraint.
const INDEXES: &str = ask! {
    "SELECT 'index', c.relname::text, i.relname::text, c.relname::text, pg_get_indexdef(x.indexrelid),"
    "  CASE WHEN x.indisvalid AND x.indisready THEN 'YES' ELSE 'NO' END"
    "FROM s JOIN pg_class c ON c.relnamespace = s.oid JOIN pg_index x ON x.indrelid = c.oid"
    "JOIN pg_class i ON i.oid = x.indexrelid AND NOT i.relispartition"
    "WHERE c.relkind IN ('r', 'p', 'm')"
    "  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))"
    "  AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)"
};

/// Extensions, enums, domains and composite types.
const TYPES: &str = ask! {
    "SELECT 'extension', NULL::text, extname::text, NULL::text, extversion FROM pg_extension WHERE extname <> 'plpgsql'"
    "UNION ALL"
    "SELECT CASE t.typtype WHEN 'e' THEN 'enum' ELSE 'type' END, NULL, t.typname::text, NULL, CASE t.typtype"
    "  WHEN 'e' THEN (SELECT string_agg('''' || replace(e.enumlabel, '''', '''''') || '''', ', ' ORDER BY e.enumsortorder)"
    "    FROM pg_enum e WHERE e.enumtypid = t.oid)"
    "  WHEN 'd' THEN concat_ws(' ', 'domain over', format_type(t.typbasetype, t.typtypmod),"
    "    CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault,"
    "    (SELECT string_agg(concat_ws(' ', 'CONSTRAINT', k.conname, pg_get_constraintdef(k.oid)), ' ' ORDER BY k.conname)"
    "      FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'))"
    "  ELSE (SELECT '(' || string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)"
    "    || ')' FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END"
    "FROM s JOIN pg_type t ON t.typnamespace = s.oid"
    "WHERE (t.typtype IN ('e', 'd') OR t.typtype = 'c' AND EXISTS"
    "    (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))"
    "  AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_type'::regclass AND objid = t.oid)"
};

/// Sequences, without those of identity columns, which are told with the column.
const SEQUENCES: &str = ask! {
    "SELECT 'sequence', NULL::text, c.relname::text, o.relname::text,"
    "  format('AS %s START %s INCREMENT %s MINVALUE %s MAXVALUE %s', format_type(q.seqtypid, NULL), q.seqstart,"
    "    q.seqincrement, q.seqmin, q.seqmax) || CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END,"
    "  o.relname || '.' || a.attname"
    "FROM s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = c.oid"
    "LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid"
    "  AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0"
    "LEFT JOIN pg_class o ON o.oid = d.refobjid"
    "LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
    "WHERE d.deptype IS DISTINCT FROM 'i'"
    "  AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)"
};

/// Functions, procedures and aggregates. The last field is the whole definition; an aggregate's cannot be asked.
const FUNCTIONS: &str = ask! {
    "SELECT 'function', NULL::text, p.proname || '(' || oidvectortypes(p.proargtypes) || ')', NULL::text,"
    "  coalesce(pg_get_function_result(p.oid), 'procedure'), l.lanname::text,"
    "  CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END"
    "FROM s JOIN pg_proc p ON p.pronamespace = s.oid JOIN pg_language l ON l.oid = p.prolang"
    "WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_proc'::regclass AND objid = p.oid)"
};

/// Triggers and policies of tables. What a partition has from its table is not listed again.
const RULES: &str = ask! {
    "SELECT 'trigger', c.relname::text, t.tgname::text, c.relname::text, pg_get_triggerdef(t.oid),"
    "  CASE t.tgenabled WHEN 'O' THEN 'YES' WHEN 'D' THEN 'NO' WHEN 'R' THEN 'REPLICA' ELSE 'ALWAYS' END"
    "FROM s JOIN pg_class c ON c.relnamespace = s.oid JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal"
    "WHERE coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0'"
    "  AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)"
    "UNION ALL"
    "SELECT 'policy', c.relname::text, p.polname::text, c.relname::text, concat_ws(' ',"
    "  CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,"
    "  CASE p.polcmd WHEN 'r' THEN 'FOR SELECT' WHEN 'a' THEN 'FOR INSERT' WHEN 'w' THEN 'FOR UPDATE'"
    "    WHEN 'd' THEN 'FOR DELETE' ELSE 'FOR ALL' END,"
    "  'TO ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END, ', '"
    "    ORDER BY CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END)"
    "    FROM unnest(p.polroles) r),"
    "  'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',"
    "  'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'), NULL"
    "FROM s JOIN pg_class c ON c.relnamespace = s.oid JOIN pg_policy p ON p.polrelid = c.oid"
    "WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_class'::regclass AND objid = c.oid)"
};

/// What is asked for a catalogue, all at once.
pub(super) const QUERIES: [&str; 8] =
    [RELATIONS, COLUMNS, CONSTRAINTS, INDEXES, TYPES, SEQUENCES, FUNCTIONS, RULES];
