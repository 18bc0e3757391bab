import { compareLines } from './compare-lines.ts'

compareLines(1)
