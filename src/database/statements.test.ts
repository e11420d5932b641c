import { describe, expect, test } from 'vitest'
import { countParameters, cutStatements, firstWord, splitStatements } from './statements.ts'

describe('a script is cut into its statements', () => {
  test.each([
    ['two statements', 'SELECT 1; SELECT 2;', ['SELECT 1', 'SELECT 2']],
    ['a last one without a semicolon', 'SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    ['nothing but space, comments and semicolons', ' ; -- a;\n /* b; */ ;', []],
    ['a semicolon in a string', "SELECT 'a;''b;'; SELECT 2", ["SELECT 'a;''b;'", 'SELECT 2']],
    [
      'a semicolon in quoted names',
      'SELECT "a;""b", `c;`, [d;]; SELECT 2',
      ['SELECT "a;""b", `c;`, [d;]', 'SELECT 2'],
    ],
    [
      'a semicolon in comments',
      'SELECT 1 -- a; b\n, 2 /* c; */; SELECT 2',
      ['SELECT 1 -- a; b\n, 2 /* c; */', 'SELECT 2'],
    ],
    ['a string that never ends', "SELECT 'a; b", ["SELECT 'a; b"]],
    ['a comment that never ends', 'SELECT 1; /* a; b', ['SELECT 1']],
    ['a column named end', 'SELECT end FROM t; SELECT 2', ['SELECT end FROM t', 'SELECT 2']],
    [
      'a trigger with CASE … END inside',
      'CREATE TRIGGER t AFTER INSERT ON u BEGIN UPDATE u SET a = CASE b WHEN 1 THEN 2 END; SELECT 1; END; SELECT 2',
      [
        'CREATE TRIGGER t AFTER INSERT ON u BEGIN UPDATE u SET a = CASE b WHEN 1 THEN 2 END; SELECT 1; END',
        'SELECT 2',
      ],
    ],
    [
      'a temporary trigger with a comment before END',
      'create temp trigger t after insert on u begin select 1; -- x;\n end; select 2',
      ['create temp trigger t after insert on u begin select 1; -- x;\n end', 'select 2'],
    ],
  ])('%s', (_name, script, statements) => {
    expect(splitStatements(script)).toEqual(statements)
  })

  test('what a person has not finished typing is the rest', () => {
    expect(cutStatements("SELECT 1; INSERT INTO t VALUES ('a;")).toEqual({
      statements: ['SELECT 1', "INSERT INTO t VALUES ('a;"],
      complete: ['SELECT 1'],
      rest: "INSERT INTO t VALUES ('a;",
      end: 'SELECT 1;'.length,
    })
    expect(cutStatements('SELECT 1; -- done').rest).toBe('')
  })
})

test.each([
  ['SELECT 1', 0],
  ['SELECT ?, ?', 2],
  ['SELECT \'?\', "?", ? -- ?\n/* ? */', 1],
  ['SELECT ?1, ?2, ?1', 2],
])('the arguments of %s are counted as %i', (sql, count) => {
  expect(countParameters(sql)).toBe(count)
})

test('the first word of a statement is found behind comments', () => {
  expect(firstWord('/* a */ -- b\n begin immediate')).toBe('BEGIN')
  expect(firstWord(' ')).toBe('')
})
